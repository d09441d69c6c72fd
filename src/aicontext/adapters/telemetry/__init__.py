"""What a running process tells those who watch it."""
