"""What past sessions took, and what could be saved of it."""
