"""Tools that others add."""
