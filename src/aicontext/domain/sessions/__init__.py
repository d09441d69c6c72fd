"""What is kept of sessions of AI tools, beyond what the tools keep."""
