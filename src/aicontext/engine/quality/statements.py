"""Evidence of prose and talk: rules, links, figures, and what the query is about."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import log
from string import digits

from aicontext.domain.context import Evidence
from aicontext.engine.prioritize.bm25 import candidates, postings
from aicontext.engine.prioritize.holding import holding
from aicontext.engine.prioritize.terms import terms
from aicontext.engine.quality.reading import LONGEST, clipped

_RULES = (
    *("must", "never", "always", "shall", "only", "required", "do not", "don't", "cannot"),
    "deprecated",
)
# What stands before a word is looked at behind it: so the search is for first letters.
_rule = re.compile("|".join(rf"{word}(?<!\w{word})\b" for word in _RULES)).search
_LINK = re.compile(r"https?://[^\s)>\]\"'`]{4,300}")
_FIGURE = re.compile(r"\d(?<![\w.,]\d)[\d.,]*+%?(?!\w)")
_LINKS_OR_FIGURES = ("://", *digits)
_END = re.compile(r"([.!?])[^\S\n]+")
ABOUT = 6
"""Sentences about the query that count as evidence at most."""
NEARLY = 0.6
"""Of the best sentence's score, what such a sentence must reach."""
FEWEST_TERMS = 2


def of_prose(lines: Sequence[str]) -> Iterator[Evidence]:
    """Sentences that lay down a rule, links, and figures of two digits or more, each once."""
    ruling = set(holding(lines, _RULES, any_case=True))
    other = (at for at, plain in enumerate(map(str.isascii, lines)) if not plain)
    for at in sorted({*ruling, *holding(lines, _LINKS_OR_FIGURES), *other}):
        line = lines[at]
        if "://" in line:
            for link in _LINK.findall(line):
                yield Evidence("link", (link.rstrip(".,;:"),))
        for figure in _FIGURE.findall(line[: 4 * LONGEST]):
            if len(figure := figure.rstrip(".,")) > 1:
                yield Evidence("figure", (figure,))
        for sentence in _sentences(line) if at in ruling else ():
            if _rule(sentence.lower()):
                yield Evidence("rule", (clipped(sentence),))


def about(lines: Sequence[str], query: str) -> Iterator[Evidence]:
    """The sentences that hold most of the query's rare terms, the best first."""
    asked = dict.fromkeys(terms(query[-_QUERY:]), 1.0)
    if len(asked) < FEWEST_TERMS:
        return
    telling = candidates(asked, lines)
    sentences = _sentences("\n".join(map(lines.__getitem__, telling)))
    places = postings(asked, sentences)
    total = _sentences_in(lines)
    rarity = {term: log(1 + total / len(held)) for term, held in places.items()}
    held = defaultdict[int, list[str]](list)
    for term in sorted(places):
        for i in places[term]:
            held[i].append(term)
    scores = {i: sum(map(rarity.__getitem__, found)) for i, found in held.items()}
    best = max(scores.values(), default=0.0)
    for i in sorted(scores, key=lambda i: (-scores[i], i))[:ABOUT]:
        if len(held[i]) >= FEWEST_TERMS and scores[i] >= NEARLY * best:
            yield Evidence(ASKED, (clipped(sentences[i]),))


def _sentences_in(lines: Sequence[str]) -> int:
    """How many sentences there are, about: lines that say something, and stops within them."""
    return len(lines) - lines.count("") + "\n".join(lines).count(". ")


def _sentences(text: str) -> list[str]:
    """The text's lines, cut where sentences end."""
    return _END.sub(lambda end: f"{end[1]}\n", text).split("\n")


ASKED = "asked for"
"""The role of evidence that the query calls for."""

_QUERY = 2_000
