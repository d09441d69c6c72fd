"""The record of what we changed in files of others."""
