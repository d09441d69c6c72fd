"""How secrets are found."""
