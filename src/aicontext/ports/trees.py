"""The files of a repository, and its history."""

from __future__ import annotations

from typing import Protocol

from aicontext.domain.repository.trees import Commits, Listing, Skip, Text


class Tree(Protocol):
    """The files below one folder. Nothing outside of it is ever read."""

    def listing(self) -> Listing:
        """Every file that is not ignored, without reading any. Raises NotFound."""

    def read(self, path: str) -> Text | Skip:
        """The text of a file of the listing; why there is none where it cannot be shown."""


class History(Protocol):
    """The commits behind a tree; none where it has no history or nothing can read it."""

    def head(self) -> str:
        """The id of the newest commit; found without starting a program. Empty: there is none."""

    def commits(self) -> Commits:
        """The newest commits, and the files that each changed."""
