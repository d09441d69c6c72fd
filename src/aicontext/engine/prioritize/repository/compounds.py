"""Identifiers that a task says in words: "the default config" for `defaultConfigPath`."""

from __future__ import annotations

from collections.abc import Sequence

from aicontext.domain.repository.corpus import Corpus
from aicontext.engine.prioritize.bm25 import idf
from aicontext.engine.prioritize.repository.fields import MOST_POSTINGS, Scores


def compounds(pairs: Sequence[tuple[str, str]], corpus: Corpus) -> Scores:
    """{file: how rare the pairs of words are that begin an identifier of its text, together}.

    Terms know identifiers whole and word by word, not which words stand side by side. Of a pair
    that most files hold nothing is told.
    """
    count, left = len(corpus.paths), MOST_POSTINGS
    found: Scores = {}
    for one, two in pairs:
        held = {*corpus.beginning(one + two), *corpus.beginning(f"{one}_{two}")}
        left -= len(held)
        if left < 0:
            break
        if held and 2 * len(held) <= count:
            rare = idf(len(held), count)
            for file in held:
                found[file] = found.get(file, 0.0) + rare
    return found
