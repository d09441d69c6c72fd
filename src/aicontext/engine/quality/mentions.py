"""Evidence that the query names: identifiers, paths, quoted words, digests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aicontext.domain.context import Evidence, Kind
from aicontext.engine.detect.numbering import without_number
from aicontext.engine.quality.definitions import defines
from aicontext.engine.quality.reading import LONGEST, clipped
from aicontext.engine.quality.statements import ASKED

MOST = 40
"""Mentions of one query that are looked for."""
FEW = 3
"""A mention on so many lines at most calls for all of them; on more, for its definitions."""
_OWN_EVIDENCE_IS_ENOUGH = (Kind.SEARCH, Kind.TEST, Kind.LINT)
_BY_NAME = (Kind.CODE, Kind.LOCK)
"""Kinds of which the name is asked for, not the line that holds it."""
_QUERY = 4_000
_MENTION = re.compile(
    r"`([^`\n]{3,80})`|\"([^\"\n]{3,80})\""
    r"|\b([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\b"
    r"|([\w.@~-]*(?:/[\w.@~-]+)+)"
    r"|\b([A-Za-z]\w*(?:_\w|[a-z][A-Z]|\.[A-Za-z]{2})[\w.]*|[A-Z][a-z]+[A-Z]\w*|\d{4,})\b"
)
_PLACE = re.compile(r"(?:[^\s:]{1,100}:)?[^\s:]{1,300}:\d{1,9}:(?:\d{1,5}:)?")
_VALUE = re.compile(r'"?\s{0,8}[:=]\s{0,8}(?:"((?:[^"\\]|\\.){1,200})"|(-?\d[\d.]*))')


def mentions(query: str) -> list[str]:
    """What the query spells out, in its order, each once, MOST at most."""
    found = (match[match.lastindex or 0] for match in _MENTION.finditer(query[-_QUERY:]))
    return list(dict.fromkeys(word.strip(" .") for word in found if len(word.strip(" .")) > 2))[
        :MOST
    ]


def asked_for(text: str, kind: Kind, query: str) -> Iterator[Evidence]:
    """Lines that define or hold what the query names; of what is all over the text, the name.

    Of a search, whose places all stay, and of a test run only definitions; of a diff nothing more
    than its changes.
    """
    if kind is Kind.DIFF:
        return
    for word in mentions(query):
        hits = list(_hits(text, word))
        defining = [line for line in hits if defines(_bare(line))[1] == word]
        few = len(hits) <= FEW and kind not in _BY_NAME
        if not defining and (not hits or kind in _OWN_EVIDENCE_IS_ENOUGH):
            continue
        if defining or few:
            yield from (Evidence(ASKED, _strings(line, word, kind)) for line in defining or hits)
        else:
            yield Evidence(ASKED, (word,))


def _hits(text: str, word: str) -> Iterator[str]:
    """The lines that hold the word, at most 50; of long ones what stands around it."""
    at = text.find(word)
    for _ in range(50):
        if at < 0:
            return
        start = text.rfind("\n", max(0, at - LONGEST), at) + 1 or max(0, at - LONGEST)
        end = text.find("\n", at, at + LONGEST)
        end = end if end >= 0 else at + LONGEST
        if not _inside(text, at, word):
            yield text[start:end]
        at = text.find(word, max(end, at + len(word)))


def _inside(text: str, at: int, word: str) -> bool:
    """Whether the word is only a part of a longer one."""
    before, after = text[at - 1 : at], text[at + len(word) : at + len(word) + 1]
    return (before.isalnum() and word[0].isalnum()) or (after.isalnum() and word[-1].isalnum())


def _bare(line: str) -> str:
    """The line without its number or its place in a search's output."""
    place = _PLACE.match(line)
    return line[place.end() :] if place else without_number(line)


def _strings(line: str, word: str, kind: Kind) -> tuple[str, ...]:
    """What must stand together: of a record the word and its value, else the line."""
    if kind is Kind.JSON:
        value = _VALUE.match(line, line.find(word) + len(word))
        return (word, value[value.lastindex or 0]) if value else (word,)
    return (clipped(_bare(line)) or word,) if len(line) < LONGEST else (word,)
