"""What decides who may do what, and how much of it."""
