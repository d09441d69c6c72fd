"""AI Context Platform: better context for AI coding tools, for less money."""

__version__ = "0.1.0"
