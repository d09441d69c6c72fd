"""Shows settings and markup: pages as what a reader sees, XML without its closing tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.config.elements import elements
from aicontext.engine.condense.config.page import page
from aicontext.engine.condense.excerpt import excerpt_by_worth
from aicontext.engine.detect.detector import detect
from aicontext.engine.detect.numbering import numbered, without_number
from aicontext.engine.prioritize.bm25 import scores

_SECTION = re.compile(r"\[\[?[^\[\]]{1,200}\]\]?\s*(?:[#;].*)?\Z")


@dataclass(frozen=True, slots=True)
class ConfigCondenser:
    """Values, comments and order stay; markup goes."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """HTML as text with headings and links, XML as indented names; others have no slack."""
        language = _language(text, ask)
        if language == "html":
            shown, why = page(text), "what a reader sees; markup, scripts and styles left out"
        elif language == "xml":
            shown, why = elements(text), "elements as indented names, closing tags left out"
        else:
            return None
        if not shown or count(shown) >= count(text):
            return None
        return Rendition(Level.CONDENSED, shown, why)

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The lines that the query is about, each under the keys it stands under."""
        if _language(text, ask) == "html":
            text = page(text)
        lines = text.split("\n")
        parents = _parents(lines)
        pieces = [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
        found = scores(ask.query, pieces) if ask.query.strip() else [0.0] * len(pieces)
        most = max(found, default=0.0) or 1.0
        worth = [
            score / most + 0.1 / (1 + depth) if piece.strip() else 0.0
            for score, depth, piece in zip(found, _depths(parents), pieces, strict=False)
        ]
        why = "the settings that the query is about, under their keys"
        return excerpt_by_worth(pieces, worth, budget, count, why=why, parents=parents)


CONDENSER = ConfigCondenser()


def _language(text: str, ask: Ask) -> str:
    found = detect(text, ask)
    return "" if found.numbered else found.language


def _parents(lines: Sequence[str]) -> list[int]:
    """The line each line stands under, by indentation and by `[section]`; -1 for none."""
    if numbered([lines[:200]]):
        lines = [without_number(line) for line in lines]
    parents: list[int] = []
    stack = [(-1, -1)]  # indents and lines of the open keys, below them the section
    for i, line in enumerate(lines):
        body = line.lstrip(" \t")
        indent = len(line) - len(body)
        if not body:
            parents.append(-1)
        elif indent == 0 and body[0] == "[" and _SECTION.match(line):
            parents.append(-1)
            stack = [(-1, i)]
        else:
            while stack[-1][0] >= indent:
                stack.pop()
            parents.append(stack[-1][1])
            stack.append((indent, i))
    return parents


def _depths(parents: Sequence[int]) -> list[int]:
    """How many lines each line stands under."""
    found: list[int] = []
    for parent in parents:
        found.append(found[parent] + 1 if parent >= 0 else 0)
    return found
