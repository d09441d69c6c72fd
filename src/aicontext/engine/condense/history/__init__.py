"""Histories of versions, as `git log` prints them, with or without files and graph."""
