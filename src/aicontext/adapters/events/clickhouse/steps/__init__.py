"""What makes the tables, step by step, and what takes each step back."""
