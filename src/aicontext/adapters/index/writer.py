"""Brings the files of an index up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from aicontext.adapters.index.manifest import KEY_BYTES, Manifest, skip_code, skips
from aicontext.domain.repository.trees import Skip, Stamp, Text

if TYPE_CHECKING:
    from aicontext.adapters.index.folder import Folder
    from aicontext.adapters.index.segments import Place, Segments
    from aicontext.domain.repository.trees import Commits

_NO_KEY = bytes(KEY_BYTES)
_OUTWEIGHED = 2
"""A segment is merged with new files unless it has more than this many times as many."""


class FileWriter:
    """Knows what changed; what that takes is loaded where anything did."""

    def __init__(
        self,
        folder: Folder,
        last: Manifest,
        old: Sequence[Sequence[memoryview]],
        *,
        held: Mapping[str, Stamp],
        reason: str = "",
    ) -> None:
        """held: files that `last` is known to hold as they are: another look at all is spared."""
        self.reason = reason
        self.changed = bool(reason)
        self._folder = folder
        self._last = last
        self._old = old
        self._rows = dict(last.rows)
        self.files = held
        self._history, self._mark = last.history, last.mark

    @property
    def mark(self) -> str:
        return self._mark

    def stale(self, files: Mapping[str, Stamp]) -> list[str]:
        if files is self.files:
            return []
        self.files = files
        if self._last.stamps() == files:
            return []
        self.changed = True
        self._rows = {
            path: row for path, row in self._last.rows.items() if files.get(path) == row[0]
        }
        return [path for path in files if path not in self._rows]

    def put(self, path: str, found: Text | Skip) -> None:
        from aicontext.adapters.index.segments import text_key

        stamp = self.files[path]
        if isinstance(found, Skip):
            place = self._segments.name(path)
            self._rows[path] = stamp, _NO_KEY, *place, skip_code(found)
            return
        key = text_key(path, found)
        if (last := self._last.rows.get(path)) and last[1] == key:
            self._rows[path] = (stamp, *last[1:])
        elif known := self._by_key.get(key):
            place = self._segments.move(path, stamp[0], known)
            self._rows[path] = stamp, key, *place, skip_code(None)
        else:
            place = self._segments.scan(path, found)
            self._rows[path] = stamp, key, *place, skip_code(None)

    def skipped(self) -> Mapping[str, Skip]:
        return skips(self._rows)

    def remember(self, commits: Commits) -> None:
        self._history, self._mark = self._segments.remember(commits), commits.head
        self.changed = True

    def finished(self) -> Manifest:
        """What the index is now."""
        self._merge()
        self._segments.flush()
        used = sorted({row[2] for row in self._rows.values()})
        moved = {old: new for new, old in enumerate(used)}
        rows = {
            path: (stamp, key, moved[segment], number, skip)
            for path, (stamp, key, segment, number, skip) in sorted(self._rows.items())
        }
        names = [self._segments.names[old] for old in used]
        return Manifest(rows, names, self._history, self._mark)

    @cached_property
    def _segments(self) -> Segments:
        from aicontext.adapters.index.segments import Segments

        # What writers left that were killed or had no room would fill the disk with each of them.
        with self._folder.writable():
            self._folder.tidy((*self._last.segments, self._last.history))
        return Segments(self._folder, self._last.segments, self._old)

    @cached_property
    def _by_key(self) -> dict[bytes, Place]:
        found = {row[1]: (row[2], row[3]) for row in self._last.rows.values()}
        found.pop(_NO_KEY, None)
        return found

    def _merge(self) -> None:
        """Move the files of old segments that are mostly gone, or do not outweigh the new one."""
        live: dict[int, list[str]] = {}
        for path, row in self._rows.items():
            live.setdefault(row[2], []).append(path)
        for number in reversed(range(len(self._segments.old))):
            paths = live.get(number, [])
            if self._is_wasteful(number, paths) or self._is_small(paths):
                for path in sorted(paths):
                    stamp, key, *place, skip = self._rows[path]
                    moved = self._segments.move(path, stamp[0], (place[0], place[1]))
                    self._rows[path] = stamp, key, *moved, skip

    def _is_wasteful(self, number: int, live: Sequence[str]) -> bool:
        return 2 * len(live) < len(self._segments.old[number])

    def _is_small(self, live: Sequence[str]) -> bool:
        size = sum(self._rows[path][0][0] for path in live)
        few = len(live) <= _OUTWEIGHED * self._segments.growing
        return few and not self._segments.is_full(len(live), size)
