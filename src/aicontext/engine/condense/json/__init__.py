"""Show JSON for fewer tokens: lossless tables, and excerpts for a question."""
