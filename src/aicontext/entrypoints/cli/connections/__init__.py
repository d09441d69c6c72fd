"""Commands over the settings files of AI tools."""
