"""Brings the index of a repository up to date with its files and its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aicontext.domain.repository.indexed import Indexed
from aicontext.domain.repository.trees import Skip, Text

if TYPE_CHECKING:
    from aicontext.ports.stores.index import Index, Writer
    from aicontext.ports.trees import History, Tree

Progress = Callable[[int, int], None]
"""Called with the files read and those to read."""


class Indexing:
    """One repository's files and commits, and the index that is to know them."""

    def __init__(self, tree: Tree, history: History, index: Index) -> None:
        self.tree = tree
        self.history = history
        self.index = index

    def bring_up_to_date(self, progress: Progress | None = None) -> Indexed:
        """Read what changed since the last time, and say what was found.

        Left in the middle, by an error or Ctrl-C, the index stays as it was. Raises NotFound,
        Unavailable.
        """
        listing = self.tree.listing()
        with self.index.writing() as writer:
            stale = writer.stale(listing.files)
            inexact = 0
            for done, path in enumerate(stale, 1):
                found = self.tree.read(path)
                writer.put(path, found)
                inexact += isinstance(found, Text) and not found.exact
                if progress:
                    progress(done, len(stale))
            whole = _remember(writer, self.history)
            reason, unshown = writer.reason, writer.skipped()
        return Indexed(
            files=len(listing.files) - len(unshown),
            read=len(stale),
            inexact=inexact,
            skipped=_grouped({**listing.skipped, **unshown}),
            whole_history=whole,
            rebuilt=reason,
        )


def _remember(writer: Writer, history: History) -> bool:
    """Keep what the commits say where there are new ones; whether all of it could be read."""
    if (head := history.head()) == writer.mark:
        return True
    commits = history.commits()
    writer.remember(commits)
    return commits.whole and commits.head == head


def _grouped(skipped: Mapping[str, Skip]) -> dict[Skip, tuple[str, ...]]:
    """{why: the paths in order}, the most frequent reason first."""
    found: dict[Skip, list[str]] = {}
    for path, why in sorted(skipped.items()):
        found.setdefault(why, []).append(path)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return {why: tuple(paths) for why, paths in ordered}
