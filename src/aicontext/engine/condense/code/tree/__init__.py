"""Definitions by a syntax tree that is made of what can hold them."""
