"""Written text: documents, articles, pages, notes; headings, paragraphs, lists, code between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.excerpt import excerpt_by_worth
from aicontext.engine.condense.lines import by_names
from aicontext.engine.condense.marks import Marks
from aicontext.engine.prioritize.feedback import bridges
from aicontext.engine.prioritize.names import names
from aicontext.engine.prioritize.pieces import pieces
from aicontext.engine.prioritize.relevance import (
    Parts,
    diminishing,
    matches,
    query_terms,
    spread,
)

NEAR = 6
"""Words over which the surroundings of a hit explain it."""
SATURATION = 0.1
PRIOR = 0.05
"""Share of the best piece's worth that a piece has for its form alone."""
LONGEST_HEADING = 80
TECHNICAL = 0.08
"""Share of lines and sentences that name files or identifiers, from which on these matter most."""
SAMPLE = 500
SHORTEST_REPEAT = 60
"""Characters; shorter paragraphs are cheaper than a mark in their place."""

_heading = re.compile(r"#{1,6} \S|={1,6} \S|(?:[0-9]{1,3}\.){1,6} ?\S|<h[1-6]\b", re.IGNORECASE)
_rule = re.compile(r"[ \t]*([=\-~_*#+.^\"])\1{2,}[ \t]*$")
_constraint = re.compile(
    r"\b(?:must|never|always|shall|only|required?|do not|don't|cannot|important|note|warning"
    r"|caution|deprecated|default|limit)\b",
    re.IGNORECASE,
)
_apart = re.compile(r"(\n\n+)").split
_fact = re.compile(r"\d|https?://|`[^`\n]+`")


@dataclass(frozen=True, slots=True)
class ProseCondenser:
    """Excerpts are sentences about the query below their headings; runs of lines where the text
    is about programs."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """The text without blanks at line ends and without paragraphs that stood before."""
        shown = "".join(_unrepeated(text))
        if len(shown) >= len(text) or count(shown) >= count(text):
            return None
        return Rendition(Level.CONDENSED, shown, "trailing blanks and repeated paragraphs left out")

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """Sentences about the query, each part of it in turn; without one, the outline."""
        parts = pieces(text)
        if _is_technical(parts):
            return by_names(parts, ask, budget, count)
        heads = _headings(parts)
        worth = _worth(parts, heads, ask.query)
        parents = [
            head if head < i and part.strip() else -1
            for i, (head, part) in enumerate(zip(heads, parts, strict=True))
        ]
        why = "sentences about the query" if ask.query.strip() else "headings, rules and facts"
        return excerpt_by_worth(parts, worth, budget, count, why=why, parents=parents)


CONDENSER = ProseCondenser()


def _unrepeated(text: str) -> Iterator[str]:
    """The text's paragraphs, a mark for each long one that is the same as one before."""
    marks = Marks.of(text)
    seen: set[str] = set()
    for i, paragraph in enumerate(_apart(text)):
        clean = paragraph
        if " \n" in paragraph or "\t\n" in paragraph or paragraph.endswith((" ", "\t")):
            clean = "\n".join(line.rstrip(" \t") for line in paragraph.split("\n"))
        if i % 2 or len(clean) < SHORTEST_REPEAT or clean not in seen:
            yield clean
        else:
            yield marks.gap(clean.count("\n") + 1, note="as above")
        seen.add(clean)


def _is_technical(parts: Sequence[str]) -> bool:
    sample = parts[:: 1 + len(parts) // SAMPLE]
    enough = max(ceil(TECHNICAL * len(sample)), 1)
    return sum(1 for _ in islice(filter(names, sample), enough)) == enough or not sample


def _worth(parts: Sequence[str], heads: Sequence[int], query: str) -> list[float]:
    asked = query_terms(query)
    hits, about = _about(asked, parts)
    if hits:
        hits, about = _about(asked | bridges(asked, parts, about), parts)
    best = max(about, default=0.0) or 1.0
    return [
        0.0 if head == i and hits else score + best * PRIOR * _form(part, head == i)
        for i, (part, head, score) in enumerate(zip(parts, heads, about, strict=True))
    ]


def _about(asked: Mapping[str, float], parts: Sequence[str]) -> tuple[Parts, list[float]]:
    """What the terms add to each part, and how much each part with those near is about them."""
    hits, lengths = matches(asked, parts)
    own = [sum(hits[i].values()) if i in hits else 0.0 for i in range(len(parts))]
    return hits, diminishing(spread(own, lengths, NEAR), hits, SATURATION)


def _form(part: str, is_heading: bool) -> float:
    """What the form of a piece promises, query or none: 0 to 1."""
    if not part.strip() or _rule.match(part):
        return 0.0
    if is_heading:
        return 1.0
    return 0.1 + 0.5 * bool(_constraint.search(part)) + 0.3 * bool(_fact.search(part))


def _headings(parts: Sequence[str]) -> list[int]:
    """For each piece the heading it stands under, -1 for none; a heading stands under itself."""
    found = []
    head = -1
    for i in range(len(parts)):
        if _is_heading(parts, i):
            head = i
        found.append(head)
    return found


def _is_heading(parts: Sequence[str], i: int) -> bool:
    """A marked or underlined line, or a short one without a stop that opens what follows."""
    line = parts[i].strip()
    if not line or len(line) > LONGEST_HEADING or (i and not parts[i - 1].endswith("\n")):
        return False
    below = parts[i + 1] if i + 1 < len(parts) else ""
    if _heading.match(line) or (_rule.match(below) and not _rule.match(line)):
        return True
    opens = len(below) > LONGEST_HEADING and line[0].isupper()
    return opens and line[-1] not in ".!?,;:)" and len(line.split()) <= 10
