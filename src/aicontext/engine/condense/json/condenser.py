"""Show JSON for fewer tokens, provably without loss."""

from __future__ import annotations

from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.json.decode import rebuilds
from aicontext.engine.condense.json.document import tabled
from aicontext.engine.condense.json.excerpts.excerpt import excerpt
from aicontext.engine.condense.json.source import parse

_CLEARLY_SMALLER = 0.7
"""A table of this share of the minified text's characters is taken without counting both."""


@dataclass(frozen=True, slots=True)
class JsonCondenser:
    """JSON values, JSON lines, and JSON with a few lines of text around it."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """Tables where objects are alike, else minified JSON; what is smaller in tokens.

        The table is decoded again and compared before it is given out.
        """
        document = parse(text)
        if document is None:
            return None
        candidates = [(document.whole, "minified JSON")]
        table = tabled(document)
        if table is not None and rebuilds(table, document.whole):
            if len(table) < _CLEARLY_SMALLER * len(document.whole):
                candidates.clear()
            candidates.append((table, "objects of like shape as tables, constant keys told once"))
        tokens, shown, why = min((count(shown), shown, why) for shown, why in candidates)
        return Rendition(Level.LOSSLESS, shown, why) if tokens < count(text) else None

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The rows and keys that the query asks for, those that stand out, the first and last."""
        document = parse(text)
        if document is None or budget <= 0:
            return None
        shown = excerpt(document, ask, budget, count)
        return Rendition(Level.EXCERPT, shown, "rows and keys for the query") if shown else None


CONDENSER = JsonCondenser()
