"""What calls took, cost and saved."""
