"""Evidence of source code: its definitions, as often as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aicontext.domain.context import Evidence
from aicontext.engine.detect.numbering import numbered, without_number
from aicontext.engine.quality.reading import LONGEST, fold

_OPENED = r"(?=\s*(?:[({:<;]|\Z|extends\b|implements\b|where\b|for\b))"
_MODIFIERS = (
    r"(?:(?:export|default|public|private|protected|internal|static|async|abstract|final"
    r"|override|sealed|open|data|suspend|inline|virtual|unsafe|partial|declare|pub(?:\([a-z]+\))?)"
    r" +){0,6}+"
)
_DEFINITION = re.compile(
    rf"\s*{_MODIFIERS}"
    r"((?:def|fn|func|fun|function\*?) +(?:\([^()]{0,120}\) *)?([A-Za-z_$][\w$]*)(?=\s*[\[(<])"
    rf"|(?:class|interface|struct|enum|trait|(?:record|object|protocol)(?! +\w+;))"
    rf" +([A-Za-z_$][\w$]*){_OPENED}"
    r"|type +([A-Z]\w*)(?= +(?:struct|interface)\b))"
)
_LIKELY = re.compile(
    rf"\n(?: *+\d++(?:\t|→|[:|]| \|)?+)?+[ \t]*+{_MODIFIERS}"
    r"(?:def|fn|func?|fun|function|class|interface|struct|enum|trait|record|object|protocol|type)"
    r"[ *]"
)
"""How the lines begin that may define, with their numbers. Nothing is tried twice: it is fast."""
_FENCES = ('"""', "'''")


def defines(line: str) -> tuple[str, str]:
    """(the definition's words up to its name, the name); empty where the line defines nothing."""
    match = _DEFINITION.match(line) if len(line) <= 2 * LONGEST else None
    return (fold(match[1]), next(filter(None, match.groups()[1:]))) if match else ("", "")


def of_code(lines: Sequence[str]) -> Iterator[Evidence]:
    """Each definition outside of docstrings."""
    text = "\n".join(("", *lines, ""))
    bare = without_number if numbered([lines[:200]]) else str
    fences, quoted = _fences(text), ""
    fence = next(fences, None)
    for likely in _LIKELY.finditer(text):
        end = text.find("\n", likely.end())
        while fence is not None and fence[0] < end:
            quoted = fence[1] if not quoted else "" if fence[1] == quoted else quoted
            fence = next(fences, None)
        head, _ = defines(bare(text[likely.start() + 1 : end])) if not quoted else ("", "")
        if head:
            yield Evidence("definition", (head,))


def _fences(text: str) -> Iterator[tuple[int, str]]:
    """Where docstrings may begin or end, and by which quotes."""
    held = [quotes for quotes in _FENCES if quotes in text]
    found = [(match.start(), quotes) for quotes in held for match in re.finditer(quotes, text)]
    return iter(sorted(found))
