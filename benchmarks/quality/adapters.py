"""The public library in the roles of the reference scorer (see `make bench-quality`)."""

from __future__ import annotations

from typing import Any

import aicontext

MODEL = "gpt-4o"  # The scorer counts in o200k_base, this model's vocabulary.


def compress(
    text: str,
    kind: str | None,
    query: str | None,
    budget_tokens: int,
    *,
    reference: str | None = None,
) -> str:
    """One tool output within a budget."""
    return aicontext.compress(
        text,
        budget_tokens,
        model=MODEL,
        query=query or "",
        tool=kind or "",
        reference=reference or "",
        archive=False,
    )


def compact(messages: list[dict[str, Any]], budget_tokens: int) -> str:
    """A session as one text within a budget."""
    return aicontext.compress(messages, budget_tokens, model=MODEL, archive=False)


def estimate(text: str, model: str) -> tuple[float, float | None, float | None]:
    """(tokens, low, high) that `model` will bill for `text`."""
    found = aicontext.estimate(text, model=model)
    return found.tokens, found.low, found.high


def rank(tree: Any, query: str) -> list[str]:
    """Source files of a tree, most relevant first."""
    return [file.path for file in aicontext.Repository(tree).search(query, limit=200).files]


def pack(tree: Any, query: str, budget_tokens: int) -> list[tuple[str, int, int]]:
    """(path, first line, last line) of what is shown for a task, neighbours in one."""
    found = aicontext.Repository(tree).pack(query, budget=budget_tokens, model=MODEL)
    spans: list[tuple[str, int, int]] = []
    for place in (one.place for one in found.slices):
        if spans and spans[-1][0] == place.path and spans[-1][2] + 1 == place.first:
            spans[-1] = (place.path, spans[-1][1], place.last)
        else:
            spans.append((place.path, place.first, place.last))
    return spans
