"""Master keys, in a file or with a service that keeps them."""
