"""What is kept, one Protocol a file."""
