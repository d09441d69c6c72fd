"""Brings the index of a repository up to date with its files and its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from aicontext.domain.repository import Indexed
from aicontext.domain.trees import Skip
from aicontext.engine.prioritize.index.history import file_history
from aicontext.ports.index import Index, Writer
from aicontext.ports.trees import History, Tree

Progress = Callable[[int, int], None]
"""Called with the files read and those to read."""


def bring_up_to_date(
    tree: Tree, history: History, index: Index, progress: Progress | None = None
) -> Indexed:
    """Read what changed since the last time, and say what was found.

    Left in the middle, by an error or Ctrl-C, the index stays as it was. Raises NotFound,
    Unavailable.
    """
    listing = tree.listing()
    with index.writing() as writer:
        stale = writer.stale(listing.files)
        inexact = 0
        for done, path in enumerate(stale, 1):
            found = tree.read(path)
            writer.put(path, found)
            inexact += not isinstance(found, Skip) and not found.exact
            if progress:
                progress(done, len(stale))
        whole = _remember(writer, history)
        reason = writer.reason
    skipped = {**listing.skipped, **index.skipped()}
    return Indexed(
        files=len(listing.files) - len(index.skipped()),
        read=len(stale),
        inexact=inexact,
        skipped=_grouped(skipped.items()),
        whole_history=whole,
        rebuilt=reason,
    )


def _remember(writer: Writer, history: History) -> bool:
    """Keep what the commits say where there are new ones; whether all of it could be read."""
    if (head := history.head()) == writer.mark:
        return True
    commits = history.commits()
    writer.remember(file_history(commits))
    return commits.whole and commits.head == head


def _grouped(skipped: Iterable[tuple[str, Skip]]) -> dict[Skip, tuple[str, ...]]:
    """{why: the paths}, the most frequent reason first."""
    pairs = sorted(skipped)
    reasons = Counter(why for _, why in pairs)
    return {
        why: tuple(path for path, reason in pairs if reason is why)
        for why, _ in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    }
