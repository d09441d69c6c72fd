"""Talking to a running aicontext."""
