"""What usage adds up to, proves to be and is charged at."""
