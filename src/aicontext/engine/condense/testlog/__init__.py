"""Test logs: what failed, where and why; what passed in counts."""
