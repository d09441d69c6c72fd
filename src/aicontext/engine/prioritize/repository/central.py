"""The files and definitions that the rest of a repository leans on.

A name that few definitions share, found in another file, is taken for a reference to them.
Weight flows along the references as in PageRank (Page et al. 1999), from all files alike.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from aicontext.domain.repository.corpus import Corpus, Field
from aicontext.domain.repository.results import Place, RankedDefinition, RankedFile, Ranking
from aicontext.engine.prioritize.terms import word_terms

DAMPING = 0.85
ROUNDS = 12
MOST_DEFINERS = 8
"""Definitions that may share a name: `get` and `run` are called everywhere and refer to nothing."""

COMMON = 0.2
"""Share of the files beyond which a word is the repository's language and no reference."""

WORD = 0.1
"""Of a reference, for a name that is one plain word: prose and other names hold it too."""

_SHORTEST = 3
_FOLDERS = r"(?:\A|/)(?:tests?|specs?|__tests__|testdata|fixtures|examples?|docs?)/"
_NAMES = r"(?:\A|/)(?:test_|conftest)[^/]*\Z|[._-](?:test|spec)\.\w+\Z|_test\.\w+\Z"
_TEST = re.compile(f"{_FOLDERS}|{_NAMES}", re.IGNORECASE)

_Edges = Mapping[int, Mapping[int, float]]


def central(corpus: Corpus, below: str = "") -> Ranking:
    """All files and their definitions, those first that most others refer to.

    below: the folder that is asked about; what are tests there is told by the path from it.
    """
    edges, definitions = _references(corpus, below)
    weight = _flowed(edges, len(corpus.paths))
    files = sorted(range(len(weight)), key=lambda file: (-weight[file], file))
    ranked = (
        RankedFile(corpus.paths[file], weight[file], _why(definitions.get(file, {})))
        for file in files
    )
    return Ranking(tuple(ranked), tuple(_ranked(corpus, weight, definitions)))


def _references(corpus: Corpus, below: str) -> tuple[_Edges, dict[int, dict[int, float]]]:
    """({file: {file that it refers to: weight}}, {file: {definition in it: weight}})."""
    edges: defaultdict[int, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    told = _told(corpus, below)
    definitions = {file: dict.fromkeys(range(len(corpus.definitions(file))), 0.0) for file in told}
    most = max(MOST_DEFINERS, COMMON * len(corpus.paths))
    for name, weight, places in _names(corpus, told):
        holders = corpus.postings(Field.BODY, name)
        if len(holders) > most:
            continue
        share = math.log(1 + len(corpus.paths) / len(holders)) / len(places) if holders else 0.0
        share *= weight
        for file, index in places:
            others = [other for other in holders if other != file]
            for other in others:
                edges[other][file] += share
            definitions[file][index] = share * len(others)
    return edges, definitions


def _told(corpus: Corpus, below: str) -> Sequence[int]:
    """The files whose definitions are told of: tests only where nothing else there defines any."""
    defining = [file for file in range(len(corpus.paths)) if corpus.definitions(file)]
    asked = {file for file in defining if corpus.paths[file].startswith(below)}
    tests = {f for f in defining if _TEST.search(corpus.paths[f].removeprefix(below))}
    return [file for file in defining if file not in tests or (file in asked and asked <= tests)]


def _names(
    corpus: Corpus, files: Sequence[int]
) -> Iterator[tuple[str, float, Sequence[tuple[int, int]]]]:
    """(term of a name, weight, where it is defined) of these files; names that few share."""
    found: defaultdict[tuple[str, float], list[tuple[int, int]]] = defaultdict(list)
    for file in files:
        for index, defined in enumerate(corpus.definitions(file)):
            name = defined.name.rpartition(".")[2]
            if len(name) >= _SHORTEST and (terms := word_terms(name)):
                weight = WORD if len(terms) == 1 else 1.0
                found[terms[0], weight].append((file, index))
    few = (item for item in found.items() if len(item[1]) <= MOST_DEFINERS)
    return ((name, weight, places) for (name, weight), places in few)


def _flowed(edges: _Edges, files: int) -> list[float]:
    """The share of the weight that each file holds in the end; of all together 1."""
    if not files:
        return []
    sums = {file: sum(out.values()) for file, out in edges.items()}
    weight = [1 / files] * files
    for _ in range(ROUNDS):
        loose = sum(value for file, value in enumerate(weight) if file not in sums)
        after = [(1 - DAMPING + DAMPING * loose) / files] * files
        for file, out in edges.items():
            flow = DAMPING * weight[file] / sums[file]
            for target, share in out.items():
                after[target] += flow * share
        weight = after
    return weight


def _ranked(
    corpus: Corpus, weight: Sequence[float], definitions: Mapping[int, Mapping[int, float]]
) -> list[RankedDefinition]:
    """A file's weight is shared out among its definitions; last those that nothing refers to."""
    found = []
    for file, own in definitions.items():
        total = sum(own.values()) or 1.0
        for index, value in own.items():
            defined = corpus.definitions(file)[index]
            place = Place(corpus.paths[file], defined.first, defined.last, defined.name)
            why = ("others refer to it",) if value else ()
            found.append(RankedDefinition(place, weight[file] * value / total, why))
    return sorted(found, key=lambda one: (-one.score, one.place.path, one.place.first))


def _why(definitions: Mapping[int, float]) -> tuple[str, ...]:
    used = sum(1 for value in definitions.values() if value)
    return (f"{used} of its definitions are named elsewhere",) if used else ()
