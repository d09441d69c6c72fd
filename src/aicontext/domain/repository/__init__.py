"""Repositories: what is read of them, and what is answered about them."""
