"""Source code: outlines, skeletons with line spans, excerpts, and numbered file reads."""

from aicontext.engine.condense.code.condenser import CONDENSER, CodeCondenser

__all__ = ["CONDENSER", "CodeCondenser"]
