"""Who people are: coming in, links, second factors and sign-ins."""
