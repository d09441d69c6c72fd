"""Evidence of source code: its definitions, as often as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aicontext.domain.context import Evidence
from aicontext.engine.detect.numbering import numbered, without_number
from aicontext.engine.prioritize.holding import holding
from aicontext.engine.quality.reading import LONGEST, fold

_WORDS = (
    *("def ", "class ", "function", "func ", "fn ", "fun ", "interface ", "trait ", "struct "),
    *("enum ", "impl ", "record ", "object ", "protocol ", "type "),
)
_OPENED = r"(?=\s*(?:[({:<;]|\Z|extends\b|implements\b|where\b|for\b))"
_DEFINITION = re.compile(
    r"\s*(?:(?:export|default|public|private|protected|internal|static|async|abstract|final"
    r"|override|sealed|open|data|suspend|inline|virtual|unsafe|partial|declare|pub(?:\([a-z]+\))?)"
    r" +){0,6}"
    r"((?:def|fn|func|fun|function\*?) +(?:\([^()]{0,120}\) *)?([A-Za-z_$][\w$]*)(?=\s*[\[(<])"
    rf"|(?:class|interface|struct|enum|trait|record|object|protocol) +([A-Za-z_$][\w$]*){_OPENED}"
    r"|type +([A-Z]\w*)(?= +(?:struct|interface)\b))"
)
_FENCES = ('"""', "'''")
_QUOTES = re.compile(r'"""|\'\'\'')


def defines(line: str) -> tuple[str, str]:
    """(the definition's words up to its name, the name); empty where the line defines nothing."""
    if len(line) > 2 * LONGEST or not any(map(line.__contains__, _WORDS)):
        return "", ""
    match = _DEFINITION.match(line)
    return (fold(match[1]), next(filter(None, match.groups()[1:]))) if match else ("", "")


def of_code(lines: Sequence[str]) -> Iterator[Evidence]:
    """Each definition outside of docstrings."""
    quoted = ""
    telling = [lines[at] for at in holding(lines, (*_WORDS, *_FENCES))]
    for line in map(without_number, telling) if numbered([lines[:200]]) else telling:
        for quotes in _QUOTES.findall(line) if '"""' in line or "'''" in line else ():
            quoted = quotes if not quoted else "" if quotes == quoted else quoted
        if quoted:
            continue
        head, _ = defines(line)
        if head:
            yield Evidence("definition", (head,))
