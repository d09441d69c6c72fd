"""What is installed where we run."""
