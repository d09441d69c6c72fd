"""What may be forgotten, in memory and in Redis."""
