"""Tokens: what a sign-in gives, and how it goes on."""
