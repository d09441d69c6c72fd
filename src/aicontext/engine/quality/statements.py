"""Evidence of prose and talk: rules, links, figures, and what the query is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log

from aicontext.domain.context import Evidence
from aicontext.engine.prioritize.terms import terms
from aicontext.engine.quality.reading import LONGEST, clipped

_RULE = re.compile(
    r"\b(?:must|never|always|shall|only|required|do not|don't|cannot|deprecated)\b", re.I
)
_LINK = re.compile(r"https?://[^\s)>\]\"'`]{4,300}")
_FIGURE = re.compile(r"(?<![\w.,])\d[\d.,]*+%?(?!\w)")
_END = re.compile(r"(?<=[.!?])\s+")
ABOUT = 6
"""Sentences about the query that count as evidence at most."""
NEARLY = 0.6
"""Of the best sentence's score, what such a sentence must reach."""
FEWEST_TERMS = 2


def of_prose(lines: Sequence[str]) -> Iterator[Evidence]:
    """Sentences that lay down a rule, links, and figures of two digits or more, each once."""
    for line in lines:
        if "://" in line:
            for link in _LINK.findall(line):
                yield Evidence("link", (link.rstrip(".,;:"),))
        for figure in _FIGURE.findall(line[: 4 * LONGEST]):
            if len(figure := figure.rstrip(".,")) > 1:
                yield Evidence("figure", (figure,))
        for sentence in _END.split(line) if _RULE.search(line) else ():
            if _RULE.search(sentence):
                yield Evidence("rule", (clipped(sentence),))


def about(lines: Sequence[str], query: str) -> Iterator[Evidence]:
    """The sentences that hold most of the query's rare terms, the best first."""
    asked = set(terms(query[-_QUERY:]))
    if len(asked) < FEWEST_TERMS:
        return
    sentences = [s for line in lines for s in _END.split(line) if s.strip()]
    held = [asked.intersection(terms(sentence)) for sentence in sentences]
    often = Counter(term for found in held for term in found)
    rarity = {term: log(1 + len(sentences) / times) for term, times in often.items()}
    scores = [sum(rarity[term] for term in sorted(found)) for found in held]
    best = max(scores, default=0.0)
    order = sorted(range(len(sentences)), key=lambda i: -scores[i])[:ABOUT]
    for i in order:
        if len(held[i]) >= FEWEST_TERMS and scores[i] >= NEARLY * best:
            yield Evidence(ASKED, (clipped(sentences[i]),))


ASKED = "asked for"
"""The role of evidence that the query calls for."""

_QUERY = 2_000
