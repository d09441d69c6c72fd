"""Counts of what was let through, by sliding windows."""
