"""What is kept of tenants, and copies of all that is kept."""
