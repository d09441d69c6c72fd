"""A source without what needs no parsing: functions' statements that define nothing, comments.

A guess by indentation, that brackets and then the tree confirm: where it was wrong, what is left
does not parse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from aicontext.engine.condense.code.tree.braces import BRACES, is_balanced

_HEAD = re.compile(
    rb"\n(?P<outer>[ \t]*+)(?:async )?def [^\n]*+"
    rb"(?:(?<=:)|(?<=[(,\[])\n(?:[^\n]*+(?<!:)\n){0,24}+[^\n#]*+(?<=:))"
    rb"\n(?:[ \t]*+(?:#[^\n]*+)?+\n)*+(?P<inner>[ \t]++)(?=[^\s#])"
)
_OPENING = re.compile(rb"\n[ \t]*+(?:async )?+(?:def|class) ")
_QUOTES = (b'"""', b"'''")
_SLASHED = ({*BRACES} - {"scala"}) | {"typescript", "tsx"}
"""Languages whose comments go too: what they stand in ends at a brace, not at an indent."""
_COMMENT = (
    rb"\n[ \t]*+(?://(?:[^\n\"*]++|\*(?!/)|\"[^\"\n]*+\")*+(?<!\\)"
    rb"|/\*[^\n]*+(?:(?<!\*/)\n[ \t]*+\*[^\n]*+)*+(?<=\*/)[ \t]*+)(?=\n)"
)
_COMMENTS = re.compile(rb"%b(?:%b)*+" % (_COMMENT, _COMMENT))
"""Lines that are but comments."""
_OPEN = (b"=", b">", b"]")
"""How lines end that go on behind a comment: assignments, arrows and attributes."""
_LEAST = 12
"""Bytes that are worth a cut."""


def emptied(source: bytes, language: str) -> bytes:
    """The source without the bodies of functions that define nothing, and without comments.

    Rows stay as they are. In Python a `0` stands on a body's last line, in C++ a `;`: an empty
    body would make some methods fields.
    """
    if language in _SLASHED:
        source = _COMMENTS.sub(_rows, source)
    if braces := BRACES.get(language):
        found = ((start, end, b";" * (language == "cpp")) for start, end in braces.bodies(source))
    elif language == "python":
        found = ((start, end, indent + b"0") for start, end, indent in _bodies(source))
    else:
        return source
    kept: list[bytes] = []
    at = 0
    for start, end, instead in found:
        if end - start >= _LEAST:
            kept += source[at:start], b"\n" * source.count(b"\n", start, end), instead
            at = end
    return b"".join((*kept, source[at:]))


def _rows(comments: re.Match[bytes]) -> bytes:
    """Their rows; themselves below what goes on behind them, or inside of a comment."""
    source, start = comments.string, comments.start()
    above = source[source.rfind(b"\n", 0, start) + 1 : start].strip()
    goes_on = above.endswith(_OPEN) or (above.startswith(b"/*") and not above.endswith(b"*/"))
    return comments[0] if goes_on else b"\n" * comments[0].count(b"\n")


def _bodies(source: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(start of the first line, end of the last statement, indent) of each, in their order."""
    openings = [opening.start() for opening in _OPENING.finditer(source)]
    for opening, following in pairwise((*openings, len(source))):
        head = _HEAD.match(source, opening)
        outer, inner = head.group("outer", "inner") if head else (b"", b"")
        if head is None or len(inner) <= len(outer) or not inner.startswith(outer):
            continue
        start = head.start("inner")
        dedent = _dedent(len(inner) - 1).search(source, start, following + len(inner) + 1)
        if dedent is None and following < len(source):
            continue  # What follows is inside.
        end = _last_statement(source, start, dedent.start() if dedent else len(source))
        if _is_whole(source[start:end]):
            yield start, end, inner


@lru_cache(maxsize=64)
def _dedent(most: int) -> re.Pattern[bytes]:
    """The end of the last line before one that is indented by so many blanks at most."""
    return re.compile(rb"\n[ \t]{0,%d}+(?=[^\s#])" % most)


def _last_statement(source: bytes, start: int, end: int) -> int:
    """Where source[start:end] ends without blank lines and comments at its end."""
    while end > start:
        line = source.rfind(b"\n", start - 1, end) + 1
        last = source[line:end].strip()
        if last and not last.startswith(b"#"):
            return end
        if any(quotes in last for quotes in _QUOTES):
            break  # No comment, but the end of a text.
        end = line - 1
    return start


def _is_whole(piece: bytes) -> bool:
    """Whether no bracket, quote or line seems to go on over the end."""
    return (
        is_balanced(piece)
        and piece.count(b'"""') % 2 == piece.count(b"'''") % 2 == 0
        and not piece.endswith(b"\\")
    )
