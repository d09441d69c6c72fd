"""Definitions by the names that people write for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aicontext.domain.repository.corpus import Corpus
from aicontext.domain.repository.names import ends
from aicontext.domain.repository.results import Place

_SEPARATORS = re.compile(r"::|[#.]")
_AT_LINE = re.compile(r"(.+):(\d{1,9})", re.DOTALL)


def find(symbol: str, corpus: Corpus) -> tuple[Place, ...]:
    """What `name`, `Class.name`, `path:name`, `path::Class::name` or `path:line` can stand for.

    A path may leave out its first folders. Definitions of exactly that name go before those that
    are enclosed by others; all are in the order of paths and lines.
    """
    match = _AT_LINE.fullmatch(symbol)
    if match and (places := tuple(_around(corpus, match[1], int(match[2])))):
        return places
    for path, name in _readings(symbol):
        parts = [part for part in _SEPARATORS.split(name) if part]
        if parts:
            found = list(_named(corpus, path, parts))
            whole = [place for place in found if place.symbol == ".".join(parts)]
            if found:
                return tuple(whole or found)
    return ()


def _readings(symbol: str) -> Iterator[tuple[str, str]]:
    """(path, name) as the symbol can be cut at a colon; first without a path."""
    yield "", symbol
    for match in re.finditer(r"::?", symbol):
        yield symbol[: match.start()], symbol[match.end() :]


def _named(corpus: Corpus, path: str, parts: list[str]) -> Iterator[Place]:
    name = ".".join(parts)
    for file, index in sorted(corpus.named(parts[-1])):
        defined = corpus.definitions(file)[index]
        meant = not path or ends(corpus.paths[file], path)
        if meant and (defined.name == name or defined.name.endswith(f".{name}")):
            yield Place(corpus.paths[file], defined.first, defined.last, defined.name)


def _around(corpus: Corpus, path: str, line: int) -> Iterator[Place]:
    """The innermost definition around a line, in each file that the path can mean."""
    for file, whole in enumerate(corpus.paths):
        if ends(whole, path):
            around = [d for d in corpus.definitions(file) if d.first <= line <= d.last]
            if around:
                yield Place(whole, around[-1].first, around[-1].last, around[-1].name)
