"""What usage events add up to."""
