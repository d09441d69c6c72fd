"""Sessions that tools keep: read, handed on."""
