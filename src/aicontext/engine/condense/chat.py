"""Transcripts of talk: meetings, chats, interviews; one turn a line, `Speaker: words`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Rendition
from aicontext.engine.condense.excerpt import excerpt_by_worth
from aicontext.engine.prioritize.pieces import pieces
from aicontext.engine.prioritize.relevance import matches, query_terms, spread
from aicontext.engine.prioritize.terms import terms, words

TOPIC = 300
"""Words over which talk stays with its topic: the surroundings of a hit matter as the hit does."""
POINT = 20
"""Words around a hit that say what it is about."""
POINT_SHARE = 0.25
NAMED_SPEAKER = 1.5
"""Factor for the turns of a speaker whom the query names."""
FEWEST_WORDS = 4
"""Turns of fewer words acknowledge and seldom tell."""
BARE = 0.001
"""Factor for such turns."""
FLOOR = 1e-9

_label = re.compile(r"(?:\[[^\]\n]{1,24}\] ?)?([^\s:][^:\n]{0,39}):[ \t]")


@dataclass(frozen=True, slots=True)
class ChatCondenser:
    """Excerpts follow the topic: stretches around the query's hits, not single lines."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """None: talk has no part that every reader can do without."""
        return None

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The stretches of talk about the query; without one, the turns that say most."""
        turns = pieces(text)
        worth = _worth(turns, ask.query)
        return excerpt_by_worth(turns, worth, budget, count, why="turns on the topic")


CONDENSER = ChatCondenser()


def _worth(turns: Sequence[str], query: str) -> list[float]:
    speakers = _speakers(turns)
    names = {term for speaker in set(speakers) for term in terms(speaker)}
    asked = query_terms(query)
    topic = {term: weight for term, weight in asked.items() if term not in names} or asked
    parts, lengths = matches(topic, turns)
    own = [sum(parts[i].values()) if i in parts else 0.0 for i in range(len(turns))]
    wide, near = spread(own, lengths, TOPIC), spread(own, lengths, POINT)
    share = POINT_SHARE * max(wide, default=0.0) / (max(near, default=0.0) or 1.0)
    named = {s for s in set(speakers) if not asked.keys().isdisjoint(terms(s))}
    labels = {s: len(words(s)) for s in set(speakers)}
    return [
        (a + share * b + FLOOR)
        * (NAMED_SPEAKER if speaker in named else 1.0)
        * (BARE if length < FEWEST_WORDS + labels[speaker] and turn.isascii() else 1.0)
        for a, b, speaker, turn, length in zip(wide, near, speakers, turns, lengths, strict=True)
    ]


def _speakers(turns: Sequence[str]) -> list[str]:
    """Who says each piece; a piece without a label goes on with the speaker before."""
    found = []
    speaker = ""
    for turn in turns:
        if match := _label.match(turn):
            speaker = match[1]
        found.append(speaker)
    return found
