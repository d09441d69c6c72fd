"""Which hits of a search say most: definitions, what the query asks for, what is not said twice."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aicontext.engine.condense.search.reading import Hit
from aicontext.engine.prioritize.bm25 import scores
from aicontext.engine.prioritize.holding import holding
from aicontext.engine.prioritize.terms import STOP_WORDS, terms, words

_LONGEST = 400
_MOST_SOUGHT = 32
"""Words that are sought one by one; of more every line is read."""
_DEFINITION = re.compile(
    r"\s*(?:(?:export|default|pub(?:\([^)]{0,20}\))?|public|private|protected|internal|static|final"
    r"|abstract|async|override|inline|virtual|unsafe|extern|suspend|open|sealed|data|partial"
    r"|declare)\s+){0,6}"
    r"(?:def|class|func|function\*?|fn|fun|interface|type|struct|enum|trait|impl|module|namespace"
    r"|protocol|object|macro_rules!|record|#define|const|let|var|val|CREATE TABLE)\s+"
    r"(?:\([^)]{0,80}\)\s*)?([A-Za-z_$][\w$.]*)"
)
_BLOCK = re.compile(
    r"\s*(?:[\w<>\[\],*&:?]+\s+){1,6}[*&]?([A-Za-z_]\w*)\([^;{}]{0,200}\)[\w\s]{0,20}\{\s*$"
)
_ASSIGNED = re.compile(r"(?:self\.|this\.)?([A-Za-z_$][\w$]*)\s*(?::[^=]{1,80})?=[^=]")
_IMPORT = re.compile(r"\s*(?:import|from|use|using|#include|require|\} from|export \{)\b")
_NOT_BLOCKS = {"if", "for", "while", "switch", "catch", "return", "else", "with"}

ASKED_DEFINITION, DEFINITION, TOP_LEVEL, IMPORT, REPEATED, NAMED_FILE = (
    2.0,
    0.3,
    0.15,
    -0.2,
    0.3,
    0.3,
)


def definition(line: str) -> tuple[str, bool]:
    """The name that a line of source defines, and whether by a keyword; empty for none."""
    line = line[:_LONGEST]
    if match := _DEFINITION.match(line):
        return match[1], True
    if line.rstrip().endswith("{") and (match := _BLOCK.match(line)):
        return ("", False) if match[1] in _NOT_BLOCKS else (match[1], True)
    match = _ASSIGNED.match(line)
    return (match[1], False) if match else ("", False)


def worth(hits: Sequence[Hit], query: str) -> list[float]:
    """How much each hit is worth showing, about 0 to 3.

    A definition of a name that the query spells out is worth more than any other line.
    """
    asked, folded = _names(query)
    said = [hit.text.strip()[:_LONGEST] for hit in hits]
    about = _relevance(query, said) if asked else {}
    files = _relevance(query, [hit.path for hit in hits]) if asked else {}
    seen: set[str] = set()
    result = []
    for text, hit in zip(said, hits, strict=True):
        value = 0.01 + about.get(text, 0.0) + NAMED_FILE * files.get(hit.path, 0.0)
        value += _standing(hit.text, asked, folded)
        again = text in seen and value < ASKED_DEFINITION
        result.append(value * REPEATED if again else value)
        seen.add(text)
    return result


def defining(hits: Sequence[Hit], query: str) -> list[Hit]:
    """The hits that define a name which the query spells out."""
    asked, folded = _names(query)
    return [hit for hit in hits if _standing(hit.text, asked, folded) == ASKED_DEFINITION]


def naming(lines: Sequence[str], query: str) -> Sequence[int]:
    """Indices of the lines that hold a word of the query and so may define it."""
    asked, folded = _names(query)
    sought = {word.lower() for word in asked if len(word) > 2} - STOP_WORDS | folded
    if len(sought) > _MOST_SOUGHT:
        return range(len(lines))
    return holding(lines, sought, any_case=True)


def _names(query: str) -> tuple[set[str], set[str]]:
    """What a definition of something asked for may be called: as it is spelled, and folded."""
    return set(words(query)), {term for term in terms(query) if len(term) > 2}


def _relevance(query: str, texts: Sequence[str]) -> dict[str, float]:
    """BM25 of the distinct texts, the best one 1."""
    distinct = list(dict.fromkeys(texts))
    found = scores(query, distinct)
    most = max(found, default=0.0) or 1.0
    return {text: score / most for text, score in zip(distinct, found, strict=True)}


def _standing(line: str, asked: set[str], folded: set[str]) -> float:
    if _IMPORT.match(line):
        return IMPORT if not asked else 0.0
    name, strong = definition(line)
    if not name:
        return 0.0
    short = name.rsplit(".", 1)[-1]
    if short in asked or (strong and short.lower() in folded):
        return ASKED_DEFINITION
    return DEFINITION if strong else 0.0 if line[:1].isspace() else TOP_LEVEL
