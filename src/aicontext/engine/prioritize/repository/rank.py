"""Which files and definitions of a repository a task concerns, best first."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nlargest

from aicontext.domain.corpus import Corpus, Field
from aicontext.domain.repository import Place, RankedDefinition, RankedFile, Ranking
from aicontext.engine.prioritize.repository.definitions import NO_MATCH, Match
from aicontext.engine.prioritize.repository.fields import Scores
from aicontext.engine.prioritize.repository.signals import Evidence, gather, signals
from aicontext.engine.prioritize.repository.task import read_task
from aicontext.engine.prioritize.repository.weights import judge

MOST_FILES = 200
MOST_DEFINITIONS = 300
SHOWN_TERMS = 4
"""Matching terms that a reason names."""
MENTIONED = 0.5
"""A definition that the task names gains so much of the best definition's score."""


def rank(
    task: str, corpus: Corpus, *, files: int = MOST_FILES, definitions: int = MOST_DEFINITIONS
) -> Ranking:
    """At most so many files and definitions for a task in words, best first, with reasons.

    Deterministic; ties stand in the order of paths. Empty where the task says nothing that the
    repository holds. Scores of files compare among them, scores of definitions among those.
    """
    evidence = gather(read_task(task), corpus)
    scores = judge(signals(evidence), evidence.files)
    judged = sorted(evidence.files, key=lambda file: (-scores[file], file))
    chosen = set(judged)
    others = sorted(evidence.first.keys() - chosen, key=lambda f: (-evidence.first[f], f))
    floor = min(scores.values(), default=0.0)
    places = [(file, scores[file]) for file in judged]
    places += [(file, floor - 1 - i) for i, file in enumerate(others)]
    ranked = tuple(
        RankedFile(corpus.paths[file], round(score, 6), _reasons(file, evidence))
        for file, score in places[:files]
    )
    return Ranking(ranked, _definitions(evidence, judged, scores, definitions))


def _reasons(file: int, evidence: Evidence) -> tuple[str, ...]:
    mentions = evidence.mentions
    found = []
    if file in mentions.frames:
        found.append("in the stack trace")
    if file in mentions.paths:
        found.append("named by its path")
    if file in mentions.modules:
        found.append("named by its module")
    said = {mentions.said[key] for key in mentions.names if key[0] == file}
    if said:
        found.append("defines " + ", ".join(sorted(said)[:SHOWN_TERMS]))
    for field, words in ((Field.PATH, "its path says "), (Field.BODY, "its text holds ")):
        if terms := _leading_terms(file, field, evidence):
            found.append(words + ", ".join(terms))
    return tuple(found)


def _leading_terms(file: int, field: Field, evidence: Evidence) -> list[str]:
    rarity, weight = evidence.fields[field].rarity, evidence.task.terms
    held = [term for term in rarity if file in evidence.corpus.postings(field, term)]
    return nlargest(SHOWN_TERMS, held, key=lambda term: (rarity[term] * weight[term], term))


def _definitions(
    evidence: Evidence, judged: Sequence[int], scores: Scores, most: int
) -> tuple[RankedDefinition, ...]:
    """Definitions by how well they match, how likely their file is, and whether they are named."""
    best = max((m.whole for matches in evidence.matches.values() for m in matches), default=0.0)
    named = evidence.mentions.names
    found: list[tuple[float, int, int]] = []
    for place, file in enumerate(judged):
        near = 1 / (1 + place) ** 0.5
        for i, match in enumerate(evidence.matches.get(file, ())):
            score = _own_score(match, best) + MENTIONED * min(1.0, named.get((file, i), 0.0))
            if score > 0:
                found.append((near * score, file, i))
    leading = nlargest(most, found, key=lambda item: (item[0], -item[1], -item[2]))
    return tuple(_ranked(evidence, *item) for item in leading)


def _own_score(match: Match, best: float) -> float:
    return match.whole / best if match is not NO_MATCH and best > 0 else 0.0


def _ranked(evidence: Evidence, score: float, file: int, i: int) -> RankedDefinition:
    defined = evidence.corpus.definitions(file)[i]
    place = Place(evidence.corpus.paths[file], defined.first, defined.last, defined.name)
    said = evidence.mentions.said.get((file, i))
    why = (f"the task names {said}",) if said else ("its words match the task",)
    return RankedDefinition(place, round(score, 6), why)
