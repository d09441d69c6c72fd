"""The wire forms of conversations: read to flat messages, written back byte for byte."""
