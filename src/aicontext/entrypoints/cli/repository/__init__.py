"""Commands over a repository."""
