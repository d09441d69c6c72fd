"""Contexts, their originals, and packs of repositories."""
