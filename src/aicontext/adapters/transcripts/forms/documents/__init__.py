"""A session is a JSON document, or a folder of them, read whole."""
