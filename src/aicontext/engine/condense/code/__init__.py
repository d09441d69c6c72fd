"""Source code: outlines, skeletons with line spans, excerpts, and numbered file reads."""
