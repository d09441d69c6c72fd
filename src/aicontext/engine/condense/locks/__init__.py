"""Lock files: which version of each package was settled on, and what it needs."""
