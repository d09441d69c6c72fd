"""Contexts that were met before."""
