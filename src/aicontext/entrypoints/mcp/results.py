"""What the tools of the server give back: a text for the model, its figures for programs.

The figures go in `_meta`: of a result with `structuredContent` beside its text, Claude Code and VS
Code show the model that and not the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mcp.types import CallToolResult, TextContent

from aicontext.domain.optimization import Optimization
from aicontext.domain.repository.names import written
from aicontext.domain.repository.results import Found, Pack, Place, Ranking
from aicontext.engine.estimate.counter import counter

if TYPE_CHECKING:
    from aicontext.services.integrations.handoff.service import Handoff

MOST_TOKENS = 20_000
"""Of one result: hosts cut longer ones, or keep them from the model (Claude Code at 25,000)."""


_LONGEST = 16
"""Characters of a token, at most, in a text that is shown whole up to its limit."""

FIGURES = "aicontext/figures"
"""What the figures are called in `_meta`."""


def answer(text: str, figures: Mapping[str, Any]) -> CallToolResult:
    """A text, at most MOST_TOKENS, and its figures."""
    content = TextContent(type="text", text=bounded(text))
    return CallToolResult(content=[content], _meta={FIGURES: dict(figures)})


def bounded(text: str) -> str:
    """The first lines of a text that a host passes on, of one long line its beginning; and how to
    get at the rest."""
    count = counter("")
    if len(text) <= MOST_TOKENS or count(text) <= MOST_TOKENS:
        return text
    low, high = 0, min(len(text), MOST_TOKENS * _LONGEST)
    while low < high:
        middle = (low + high + 1) // 2
        fits = count(text[:middle]) <= MOST_TOKENS - 100
        low, high = (middle, high) if fits else (low, middle - 1)
    if (end := text.rfind("\n", 0, low)) < 0:
        return f"{text[:low]}\n[characters 1-{low} of {len(text)}; ask for a query]"
    lines, of = text.count("\n", 0, end) + 1, text.count("\n") + 1
    said = f"[lines 1-{lines} of {of}; ask for other lines, a query or a smaller budget]"
    return f"{text[:end]}\n{said}"


def handed_off(found: Handoff) -> CallToolResult:
    """A session for another model."""
    session, state = found.session, found.version.state
    figures = {
        "original_tokens": found.original_tokens,
        "tokens": found.tokens,
        "session": {"tool": session.tool, "id": session.id},
        "record": found.handle,
        "version": found.version.number,
        "conflicts": [[about, key] for about, key in state.conflicts],
        "files": dict(found.files),
    }
    return answer(found.text, figures)


def packed(found: Pack) -> CallToolResult:
    """A pack, or a map."""
    figures = {
        "tokens": found.tokens,
        "budget": found.budget,
        "slices": [_span(one.place) for one in found.slices],
        "left_out": [_span(one.place) for one in found.left_out[:20]],
    }
    return answer(found.content, figures)


def shortened(done: Optimization) -> CallToolResult:
    """What became of a text."""
    figures = {"original_tokens": done.original_tokens, "tokens": done.optimized_tokens}
    return answer(str(done.content), figures)


def ranked(found: Ranking) -> CallToolResult:
    """What a search found, a line each."""
    lines = [f"{one.path}  {'; '.join(one.why)}" for one in found.files]
    lines += [
        f"{one.place.path}:{one.place.first}-{one.place.last} {one.place.symbol}  "
        + "; ".join(one.why)
        for one in found.definitions
    ]
    figures = {
        "files": [one.path for one in found.files],
        "definitions": [_span(one.place) for one in found.definitions],
    }
    return answer("\n".join(map(written, lines)) or "Nothing matches.", figures)


def shown(found: Found) -> CallToolResult:
    """A definition, or the places that were meant."""
    figures = {"definitions": [_span(one) for one in found.places]}
    if found.shown:
        parts = [
            f"{written(one.place.path)}:{one.place.first}-{one.place.last}\n{one.text}"
            for one in found.shown
        ]
        if found.more:
            parts.append(f"and {found.more:,} more parts: name one by path:line")
        return answer("\n\n".join(parts), figures)
    places = [f"{one.path}:{one.first} {one.symbol}" for one in found.places]
    more = [f"and {found.more:,} more"] if found.more else []
    return answer("\n".join(["One of these:", *map(written, places), *more]), figures)


def _span(place: Place) -> dict[str, str | int]:
    """Lines of a file, from 1, both included."""
    return {
        "path": place.path,
        "symbol": place.symbol,
        "first": place.first,
        "last": place.last,
    }
