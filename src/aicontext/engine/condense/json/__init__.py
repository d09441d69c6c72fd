"""Show JSON for fewer tokens: lossless tables, and excerpts for a question."""

from aicontext.engine.condense.json.condenser import CONDENSER, JsonCondenser

__all__ = ["CONDENSER", "JsonCondenser"]
