"""Messages out and in, signed."""
