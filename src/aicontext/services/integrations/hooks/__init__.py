"""What AI tools call when something happens, and what they are answered."""
