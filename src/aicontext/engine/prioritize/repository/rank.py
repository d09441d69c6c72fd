"""Which files and definitions of a repository a task concerns, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from aicontext.domain.repository.corpus import Corpus, Field
from aicontext.domain.repository.results import Place, RankedDefinition, RankedFile, Ranking
from aicontext.engine.prioritize.repository.fields import Scores
from aicontext.engine.prioritize.repository.signals import Evidence, gather
from aicontext.engine.prioritize.repository.task import read_task
from aicontext.engine.prioritize.repository.weights import (
    in_order,
    judge_definitions,
    judge_files,
    tempered,
)

MOST_FILES = 200
MOST_DEFINITIONS = 300
SHOWN_TERMS = 4
"""Matching terms that a reason names."""
SOUGHT_TERMS = 24
"""Terms, those that tell most first, among which a reason finds them."""
_SAID = {Field.PATH: "its path says ", Field.BODY: "its text holds "}
_WORDS = "its words match the task"
_FILE = "its file matches the task"


def rank(
    task: str,
    corpus: Corpus,
    *,
    files: int = MOST_FILES,
    definitions: int = MOST_DEFINITIONS,
    below: str = "",
) -> Ranking:
    """At most so many files and definitions for a task in words, best first, with reasons.

    Deterministic; ties stand in the order of paths. Empty where the task says nothing that the
    repository holds. Scores of files compare among them, scores of definitions among those.
    below: the folder that is asked about; what are tests or examples there is told by the path
    from it.
    """
    evidence = gather(read_task(task), corpus, below)
    likely = judge_files(evidence)
    reasons = _Reasons(evidence)
    ranked = tuple(
        RankedFile(corpus.paths[file], round(score, 6), reasons.of(file))
        for file, score in islice(_scored(evidence, likely), files)
    )
    return Ranking(ranked, _definitions(evidence, likely, definitions))


def _scored(evidence: Evidence, likely: Scores) -> Iterator[tuple[int, float]]:
    """All files that match at all, best first: below the likely ones the others, by words."""
    best = max(likely.values(), default=0.0)
    score = 0.0
    for file in in_order(likely):
        score = tempered(likely[file], best)
        yield file, score
    others = [file for file in evidence.matching if file not in likely]
    for file in others:
        yield file, score * evidence.first[file] / (2 * evidence.first[others[0]])


class _Reasons:
    """Why files matter, in words; what holds for all of them is looked up once."""

    def __init__(self, evidence: Evidence) -> None:
        self._mentions = evidence.mentions
        self._named: defaultdict[int, set[str]] = defaultdict(set)
        for key in evidence.mentions.names:
            self._named[key[0]].add(evidence.mentions.said[key])
        self._telling = [(said, _telling(field, evidence)) for field, said in _SAID.items()]

    def of(self, file: int) -> tuple[str, ...]:
        """The strongest first."""
        found = []
        if file in self._mentions.frames:
            found.append("in the stack trace")
        if file in self._mentions.paths:
            found.append("named by its path")
        if file in self._mentions.modules:
            found.append("named by its module")
        if file in self._named:
            found.append("defines " + ", ".join(sorted(self._named[file])[:SHOWN_TERMS]))
        for said, words in self._telling:
            if terms := dict.fromkeys(word for word, held in words if file in held):
                found.append(said + ", ".join(islice(terms, SHOWN_TERMS)))
        return tuple(found)


def _telling(field: Field, evidence: Evidence) -> Sequence[tuple[str, Mapping[int, int]]]:
    """Words, those that tell most first, each with the files that hold it."""
    found, corpus, words = evidence.fields[field], evidence.corpus, evidence.task.words
    return [
        (words.get(term, term), found.places.get(term) or corpus.postings(field, term))
        for term in islice(found.rarity, SOUGHT_TERMS)
    ]


def _definitions(evidence: Evidence, likely: Scores, most: int) -> tuple[RankedDefinition, ...]:
    judged = judge_definitions(evidence, likely)
    leading = sorted(sorted(judged), key=judged.__getitem__, reverse=True)[:most]
    best = judged[leading[0]] if leading else 0.0
    return tuple(_ranked(evidence, tempered(judged[at], best), *at) for at in leading)


def _ranked(evidence: Evidence, score: float, file: int, i: int) -> RankedDefinition:
    defined = evidence.corpus.definitions(file)[i]
    place = Place(evidence.corpus.paths[file], defined.first, defined.last, defined.name)
    said = evidence.mentions.said.get((file, i))
    matched = evidence.matches[file][i].whole > 0
    why = f"the task names {said}" if said else _WORDS if matched else _FILE
    return RankedDefinition(place, round(score, 6), (why,))
