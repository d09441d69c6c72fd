"""The product's own files on this machine."""
