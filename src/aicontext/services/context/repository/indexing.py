"""Brings the index of a repository up to date with its files and its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aicontext.domain.repository.indexed import Indexed
from aicontext.domain.repository.trees import Skip, Text

if TYPE_CHECKING:
    from aicontext.domain.repository.trees import Listing
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
        self._listing: Listing | None = None
        """The last one, and what of it is named and not shown."""
        self._skipped: Mapping[Skip, tuple[str, ...]] = {}

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
            if stale or listing is not self._listing:
                self._skipped = _grouped({**listing.skipped, **writer.skipped()})
                self._listing = listing
            skipped, reason = self._skipped, writer.reason
        every = len(listing.files) + len(listing.skipped)
        return Indexed(
            files=every - sum(map(len, skipped.values())),
            read=len(stale),
            inexact=inexact,
            skipped=skipped,
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
