"""What ranking reads of a repository's index: files are numbered in the order of their paths."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol

MOST_TIMES = 0xFF
"""Times that a term of a file's field is counted; BM25 hardly tells more apart."""


class Field(IntEnum):
    """Where in a file a term stands."""

    PATH = 0
    """In its path, with its folders."""

    SYMBOL = 1
    """In the names of its definitions."""

    BODY = 2
    """Anywhere in its text."""

    HISTORY = 3
    """In the messages of the commits that changed it."""


class Defined(NamedTuple):
    """A definition as the index knows it: found by words, so its end may be a guess.

    A named tuple, since there are as many as a repository has definitions. name: with those that
    enclose it, joined by dots. first, last: its lines, from 1, included.
    """

    name: str
    kind: str
    first: int
    last: int


class FileHistory(NamedTuple):
    """What the commits say of files, by path.

    mark: what it was read from, so that it need not be read twice. messages: {term: times} of the
    messages of the commits that changed a file. churn: how much it was changed of late, in [0, 1].
    """

    mark: str = ""
    messages: Mapping[str, Mapping[str, int]] = {}
    churn: Mapping[str, float] = {}


class Corpus(Protocol):
    """The indexed files of one repository. Terms are those of `prioritize.terms`."""

    @property
    def paths(self) -> Sequence[str]:
        """All files by number, ascending; from the root, with slashes."""

    def postings(self, field: Field, term: str) -> Mapping[int, int]:
        """{file: times that its field holds the term, MOST_TIMES at most}, where it does."""

    def holding(self, field: Field, term: str) -> int:
        """How many files' field holds the term; in less time than to list them."""

    def beginning(self, start: str) -> Collection[int]:
        """The files whose text holds a term that begins so."""

    def lengths(self, field: Field) -> Sequence[int]:
        """Terms of the field of each file."""

    def churn(self) -> Sequence[float]:
        """How much each file was changed of late, in [0, 1]; all 0 without a history."""

    def definitions(self, file: int) -> Sequence[Defined]:
        """The definitions of a file in its order; those that enclose others come before them."""

    def within(self, file: int, terms: Collection[str]) -> Sequence[Mapping[str, int]]:
        """For each of `definitions(file)` how often it holds each of `terms`, absent where never.

        What an inner definition holds counts for it alone.
        """

    def sizes(self, file: int) -> Sequence[int]:
        """Terms of each of `definitions(file)`, those of inner ones not counted."""

    def holders(self, term: str) -> int:
        """How many definitions of the repository hold the term."""

    def named(self, name: str) -> Sequence[tuple[int, int]]:
        """(file, index in its definitions) of what is called exactly `name`, without its owners."""
