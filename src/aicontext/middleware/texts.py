"""Texts that a retriever found, made shorter for a query."""

from __future__ import annotations

from aicontext.domain.context import Ask, Source
from aicontext.domain.errors import BudgetTooSmall
from aicontext.middleware.requests import safely
from aicontext.services.context.source import ENCODING
from aicontext.wiring.context import context_service


def shortened(text: str, query: str, budget: int) -> str:
    """The most useful lines of a text for a query, at most `budget` tokens; the text itself where
    it fits, or where not one line does."""

    def work() -> str:
        source = Source(text.encode(ENCODING, "replace"), plain=True)
        try:
            found = context_service().compress((source,), budget, ask=Ask(query=query), keep=False)
        except BudgetTooSmall:
            return text
        return str(found.content)

    return safely(work, text)
