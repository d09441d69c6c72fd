"""Shows a history by day and author, each commit with its subject, messages by the query."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.excerpt import excerpt_by_worth
from aicontext.engine.condense.history.reading import Commit, read
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import plain_lines
from aicontext.engine.prioritize.bm25 import scores

FEWEST = 2
"""Commits from which on a text is a history."""
ABOUT = 0.5
"""Share of the best score from which on a commit is about the query: it keeps its whole message."""
FEW = 2
"""Lines of a message that cost no more than the mark that would stand for them."""
NEW = 0.1
"""Worth of the latest commit where the query says nothing; of the others the less the older."""
SHORT = 10
"""Digits of an id that are shown: as many as git itself shows of a large repository."""
_named = re.compile(r"\b[0-9a-f]{7,64}\b").findall
_LEFT_OUT = "short ids; times of day, mail addresses and sign-offs left out"


@dataclass(frozen=True, slots=True)
class HistoryCondenser:
    """Keeps every commit with its subject and files, and the messages the query is about."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """Days and authors once; with a query, other messages than those about it as counts."""
        before, commits = read(plain_lines(text))
        if len(commits) < FEWEST:
            return None
        marks = Marks.of(text)
        worth = _worth(commits, ask.query)
        least = ABOUT * max(worth)
        whole = [value >= least for value in worth]
        rows = [row for _, row in _rows(commits, _ids(commits, ask.query), whole, marks)]
        shown = "\n".join([*before, marks.gap(len(commits), "commits", _LEFT_OUT), *rows])
        if count(shown) >= count(text):
            return None
        why = "commits by day and author; messages in full where the query is about them"
        return Rendition(Level.CONDENSED, shown, why)

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The commits that the query is about, else the latest."""
        _, commits = read(plain_lines(text))
        if len(commits) < FEWEST:
            return None
        own = _worth(commits, ask.query)
        most = max(own) or 1.0
        whole, ids = [True] * len(commits), _ids(commits, ask.query)
        kept = list(_rows(commits, ids, whole, Marks.of(text)))
        worth, parents, heading, opened = list[float](), list[int](), 0, 0
        for at, (number, row) in enumerate(kept):
            depth = len(row) - len(row.lstrip(" "))
            heading, opened = (at if depth == 0 else heading), (at if depth == 1 else opened)
            parents.append((-1, heading, opened)[min(depth, 2)])
            worth.append((own[number] / most + NEW / (1 + number)) / (1 + depth) if depth else 0.0)
        pieces = [f"{row}\n" for _, row in kept]
        why = "the commits that the query is about"
        return excerpt_by_worth(pieces, worth, budget, count, why=why, parents=parents)


CONDENSER = HistoryCondenser()


def _worth(commits: Sequence[Commit], query: str) -> list[float]:
    """How much each commit is about the query; all alike where nothing is asked."""
    if not query.strip():
        return [0.0] * len(commits)
    return scores(query, ["\n".join([*one.message, *one.files]) for one in commits])


def _ids(commits: Sequence[Commit], query: str) -> list[str]:
    """The commits' short ids; the whole id too where the query names it or others begin alike."""
    begin = Counter(name[:SHORT] for name in {one.id for one in commits})
    named = tuple(_named(query.lower()))
    return [
        f"{short} ({one.id})" if begin[short] > 1 or one.id.startswith(named) else short
        for one in commits
        for short in (one.id[:SHORT],)
    ]


def _rows(
    commits: Sequence[Commit], ids: Sequence[str], whole: Sequence[bool], marks: Marks
) -> Iterator[tuple[int, str]]:
    """(the commit's number, row): a day and author, and below these one's commits."""
    last = None
    for number, one in enumerate(commits):
        if (one.day, one.who) != last:
            last = (one.day, one.who)
            yield number, f"{one.day} {one.who}".strip() or "?"
        yield number, " ".join([f" {ids[number]}", one.subject, *one.notes])
        body = one.body
        if body and not whole[number] and len(body) > FEW:
            body = [marks.gap(len(body))]
        for line in body:
            yield number, f"  {line}"
        if one.files:
            yield number, f"  {', '.join(one.files)}"
        for line in one.other:
            yield number, f"  {line}"
