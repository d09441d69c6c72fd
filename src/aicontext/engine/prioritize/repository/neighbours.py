"""What the likely files have to do with each other: who uses what whom defines, who lies near."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nlargest

from aicontext.domain.repository.corpus import Corpus, Field
from aicontext.engine.prioritize.repository.definitions import Match, name_terms
from aicontext.engine.prioritize.repository.fields import Scores

LEADING = 24
"""Files whose definitions are followed."""
MOST_FOLLOWED = 12
"""Definitions of each that are followed, those that match best."""
MOST_USERS = 25
"""Files that hold a name; one that more hold ties nobody."""
LEADERS = 3
"""Files whose folders the others are held against."""


def using(
    corpus: Corpus, files: Sequence[int], likely: Scores, matches: Mapping[int, Sequence[Match]]
) -> Scores:
    """{file: how likely the files are whose names it holds}; more for names that few files hold.

    likely: how likely each file is. Names are those of files and of their best definitions.
    """
    found: Scores = {}
    for owner in files[:LEADING]:
        for term in _followed(corpus, owner, matches.get(owner, ())):
            held = corpus.holding(Field.BODY, term)
            if 1 < held <= MOST_USERS:
                share = likely.get(owner, 0.0) / held
                for user in corpus.postings(Field.BODY, term):
                    if user != owner:
                        found[user] = found.get(user, 0.0) + share
    return found


def _followed(corpus: Corpus, file: int, matches: Sequence[Match]) -> Iterator[str]:
    definitions = corpus.definitions(file)
    best = nlargest(MOST_FOLLOWED, range(len(matches)), key=lambda i: (matches[i].whole, -i))
    stem = corpus.paths[file].rpartition("/")[2].partition(".")[0]
    named = (name_terms(name) for name in (stem, *(definitions[i].name for i in best)))
    return iter(dict.fromkeys(terms[0] for terms in named if terms))


def near(paths: Sequence[str], files: Iterable[int], likely: Scores) -> Scores:
    """{file: the share of folders in common with the likeliest others, by how likely they are}."""
    leading = nlargest(LEADERS, likely, key=lambda file: (likely[file], -file))
    folders = {file: paths[file].split("/")[:-1] for file in {*files, *leading}}
    found: Scores = {}
    for file in files:
        others = [leader for leader in leading if leader != file]
        shared = (likely[other] * _shared(folders[file], folders[other]) for other in others)
        found[file] = sum(shared) / max(1, len(others))
    return found


def _shared(one: Sequence[str], other: Sequence[str]) -> float:
    alike = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        alike += 1
    return (1 + alike) / (1 + max(len(one), len(other)))
