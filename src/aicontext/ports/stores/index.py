"""What is known of one repository's files, kept between runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from aicontext.domain.repository.corpus import Corpus
from aicontext.domain.repository.trees import Commits, Skip, Stamp, Text


class Writer(Protocol):
    """The one that changes an index, until it leaves."""

    @property
    def reason(self) -> str:
        """Why what was kept could not be used and all is to be read anew; empty when it could."""

    @property
    def mark(self) -> str:
        """The head of the commits last remembered; empty without any."""

    def stale(self, files: Mapping[str, Stamp]) -> list[str]:
        """Which of all the repository's `files` are to be `put`; others than `files` are dropped.

        A stale file that is not put is not in the index. A mapping that was given before stands
        for the same files.
        """

    def put(self, path: str, found: Text | Skip) -> None:
        """Take a stale file as it was read; scanned only if its text is new.

        One that cannot be shown is kept by its path alone.
        """

    def skipped(self) -> Mapping[str, Skip]:
        """Files that are known without a text, and why."""

    def remember(self, commits: Commits) -> None:
        """Keep what these say in the place of what was kept."""


class Index(Protocol):
    """The index of one repository. Any number may read it while one writes."""

    def corpus(self) -> Corpus | None:
        """What was last published, unchanged by what is published later.

        None where there is nothing yet, or nothing that can be used: then `writing` says why.
        """

    def size(self) -> int:
        """Bytes that it takes on disk."""

    def writing(self) -> AbstractContextManager[Writer]:
        """Wait for other writers; publish, all or nothing, when left without an error.

        Raises Unavailable.
        """
