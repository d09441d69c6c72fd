"""An OAuth 2.0 authorization server: programs of others, and our own command, get tokens."""
