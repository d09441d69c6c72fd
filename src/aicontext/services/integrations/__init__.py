"""What is known of AI tools and of the providers that they talk to."""
