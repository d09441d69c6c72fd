"""Forms of files: JSON, JSON Lines and Markdown."""
