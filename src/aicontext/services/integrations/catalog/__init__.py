"""The catalogue of AI tools: a folder with a manifest each, and the index written from them."""
