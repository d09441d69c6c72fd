"""One definition, whole, as its file holds it now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from aicontext.domain.context import Count, Level
from aicontext.domain.errors import NotFound
from aicontext.domain.repository.results import Found, Place, Slice
from aicontext.domain.repository.trees import Skip, Text
from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.outline import language_of, outline

LISTED = 50
"""Places that are listed where a symbol can be several, and parts that are shown where one file
gives a name to several: of `__init__` there are thousands."""


def show(
    symbol: str, places: Sequence[Place], read: Callable[[str], Text | Skip], count: Count
) -> Found:
    """What the symbol stands for, and its text where it is one thing. Raises NotFound."""
    if not places:
        raise NotFound(
            f"Nothing is called {symbol[:80]!r} here.",
            hint="Give a name, Class.name, path:name or path:line; find one: aicontext search.",
        )
    if len({(place.path, place.symbol) for place in places}) > 1:
        return Found(tuple(places[:LISTED]), more=max(0, len(places) - LISTED))
    path = places[0].path
    text = read(path)
    if isinstance(text, Skip):
        raise NotFound(f"{path} is named and not shown: {text}.")
    lines = text.text.split("\n")
    definitions = outline(text.text, language_of(text.text, path))
    exact = tuple(_exact(places[:LISTED], definitions, len(lines)))
    shown = tuple(_slice(place, lines, count) for place in exact)
    return Found(exact, shown, more=max(0, len(places) - LISTED))


def _exact(
    places: Sequence[Place], definitions: Sequence[Definition], lines: int
) -> Iterator[Place]:
    """The places with the lines that the file's outline gives them, each once."""
    after = 0
    for place in places:
        name = place.symbol.rpartition(".")[2]
        around = [d for d in definitions if d.name == name and d.first <= place.first <= d.last]
        first = around[-1].first if around else place.first
        last = min(around[-1].last if around else place.last, lines)
        if after < first <= last:
            yield Place(place.path, first, last, place.symbol)
            after = last


def _slice(place: Place, lines: Sequence[str], count: Count) -> Slice:
    text = "\n".join(lines[place.first - 1 : place.last])
    return Slice(place, Level.FULL, text, count(text), "named")
