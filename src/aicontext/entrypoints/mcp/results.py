"""What the tools of the server give back: a text for the model, the figures for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.types import CallToolResult, TextContent
from typing_extensions import TypedDict

from aicontext.domain.repository.results import Found, Pack, Place, Ranking
from aicontext.engine.estimate.counter import counter

MOST_TOKENS = 20_000
"""Of one result: hosts cut longer ones, or keep them from the model (Claude Code at 25,000)."""


class Span(TypedDict):
    """Lines of a file, from 1, both included."""

    path: str
    symbol: str
    first: int
    last: int


class Packed(TypedDict):
    """A pack's figures; its text is the result's own."""

    tokens: int
    budget: int
    slices: list[Span]
    left_out: list[Span]


class Places(TypedDict):
    """Files and definitions, best first."""

    files: list[str]
    definitions: list[Span]


class Shortened(TypedDict):
    """What became of a text."""

    original_tokens: int
    tokens: int


def answer(text: str, figures: Mapping[str, Any]) -> CallToolResult:
    """A text, at most MOST_TOKENS, and its figures."""
    content = TextContent(type="text", text=bounded(text))
    return CallToolResult(content=[content], structured_content=dict(figures))


def bounded(text: str) -> str:
    """The first lines of a text that a host passes on, and how to get at the others."""
    count = counter("")
    if len(text) <= MOST_TOKENS or count(text) <= MOST_TOKENS:
        return text
    lines = text.split("\n")
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high + 1) // 2
        fits = count("\n".join(lines[:middle])) <= MOST_TOKENS - 100
        low, high = (middle, high) if fits else (low, middle - 1)
    said = f"[lines 1-{low} of {len(lines)}; ask for other lines, a query or a smaller budget]"
    return "\n".join([*lines[:low], said])


def packed(found: Pack) -> CallToolResult:
    """A pack, or a map."""
    slices = [span(one.place) for one in found.slices]
    left_out = [span(one.place) for one in found.left_out[:20]]
    figures = Packed(tokens=found.tokens, budget=found.budget, slices=slices, left_out=left_out)
    return answer(found.content, figures)


def ranked(found: Ranking) -> CallToolResult:
    """What a search found, a line each."""
    lines = [f"{one.path}  {'; '.join(one.why)}" for one in found.files]
    lines += [
        f"{one.place.path}:{one.place.first}-{one.place.last} {one.place.symbol}  "
        + "; ".join(one.why)
        for one in found.definitions
    ]
    figures = Places(
        files=[one.path for one in found.files],
        definitions=[span(one.place) for one in found.definitions],
    )
    return answer("\n".join(map(_one_line, lines)) or "Nothing matches.", figures)


def shown(found: Found) -> CallToolResult:
    """A definition, or the places that were meant."""
    figures = Places(files=[], definitions=[span(one) for one in found.places])
    if found.shown:
        parts = [
            f"{_one_line(one.place.path)}:{one.place.first}-{one.place.last}\n{one.text}"
            for one in found.shown
        ]
        return answer("\n\n".join(parts), figures)
    places = [f"{one.path}:{one.first} {one.symbol}" for one in found.places]
    return answer("\n".join(["One of these:", *map(_one_line, places)]), figures)


def span(place: Place) -> Span:
    return Span(path=place.path, symbol=place.symbol, first=place.first, last=place.last)


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
