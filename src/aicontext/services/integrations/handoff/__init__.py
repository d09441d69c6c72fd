"""A session of one tool, carried on in another."""
