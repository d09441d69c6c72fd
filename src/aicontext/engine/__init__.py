"""The Context Optimization Engine: pure functions over bytes and values.

No I/O, no settings, no clock, no randomness: the same input gives the same output.
"""
