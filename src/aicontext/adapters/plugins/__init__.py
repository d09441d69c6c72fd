"""Tools that other installed distributions add."""
