"""Brings the files of an index up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from aicontext.adapters.index.folder import Folder
from aicontext.adapters.index.manifest import KEY_BYTES, Manifest, Row, skip_code
from aicontext.domain.repository.corpus import FileHistory
from aicontext.domain.repository.trees import Skip, Stamp, Text
from aicontext.engine.detect.extensions import extension
from aicontext.engine.prioritize.index.kept_history import history_parts
from aicontext.engine.prioritize.index.scan import Scanned, scan
from aicontext.engine.prioritize.index.segment import (
    MOST_BYTES,
    MOST_FILES,
    Segment,
    SegmentBuilder,
)

_NO_KEY = bytes(KEY_BYTES)
_NOWHERE = (0, 0)
_OUTWEIGHED = 2
"""A segment is merged with new files unless it has more than this many times as many."""


class FileWriter:
    """Files are kept in new segments, which nobody reads before the manifest names them."""

    def __init__(
        self, folder: Folder, last: Manifest, segments: Sequence[Segment], reason: str
    ) -> None:
        self.reason = reason
        self.changed = bool(reason)
        self._folder = folder
        self._last = last
        self._names = list(last.segments)
        self._segments = list(segments)
        self._rows = dict(last.rows)
        self._stamps: Mapping[str, Stamp] = {}
        self._history, self._mark = last.history, last.mark
        self._builder = SegmentBuilder()
        self._bytes = 0
        self._places: dict[bytes, tuple[int, int]] | None = None

    @property
    def mark(self) -> str:
        return self._mark

    def stale(self, files: Mapping[str, Stamp]) -> list[str]:
        self._stamps = files
        if self._last.stamps() == files:
            return []
        self.changed = True
        self._rows = {
            path: row for path, row in self._last.rows.items() if files.get(path) == row[0]
        }
        return [path for path in files if path not in self._rows]

    def put(self, path: str, found: Text | Skip) -> None:
        stamp = self._stamps[path]
        if isinstance(found, Skip):
            row = stamp, _NO_KEY, *_NOWHERE, skip_code(found)
            return self._add(path, row, Scanned())
        key = _key(found.digest, path)
        if (last := self._last.rows.get(path)) and last[1] == key:
            self._rows[path] = (stamp, *last[1:])
            return None
        if place := self._by_key().get(key):
            scanned = self._segments[place[0]].scanned(place[1])
        else:
            scanned = scan(path, found.text)
        return self._add(path, (stamp, key, *_NOWHERE, skip_code(None)), scanned)

    def remember(self, history: FileHistory) -> None:
        with self._folder.writable():
            self._history = self._folder.write(history_parts(history))
        self._mark = history.mark
        self.changed = True

    def finished(self) -> Manifest:
        """What the index is now."""
        self._merge()
        self._flush()
        used = sorted({row[2] for row in self._rows.values()})
        moved = {old: new for new, old in enumerate(used)}
        rows = {
            path: (stamp, key, moved[segment], number, skip)
            for path, (stamp, key, segment, number, skip) in sorted(self._rows.items())
        }
        return Manifest(rows, [self._names[old] for old in used], self._history, self._mark)

    def _by_key(self) -> dict[bytes, tuple[int, int]]:
        if self._places is None:
            self._places = {row[1]: (row[2], row[3]) for row in self._last.rows.values()}
            self._places.pop(_NO_KEY, None)
        return self._places

    def _add(self, path: str, row: Row, scanned: Scanned) -> None:
        stamp, key, _, _, skip = row
        if self._is_full(1, stamp[0]):
            self._flush()
        number = self._builder.add(path, scanned)
        self._bytes += stamp[0]
        self._rows[path] = stamp, key, len(self._names), number, skip

    def _is_full(self, files: int, size: int) -> bool:
        """Whether so many more files, with so many bytes, are too much for one segment."""
        return len(self._builder) + files > MOST_FILES or self._bytes + size > MOST_BYTES

    def _flush(self) -> None:
        if len(self._builder):
            with self._folder.writable():
                self._names.append(self._folder.write(self._builder.parts()))
        self._builder = SegmentBuilder()
        self._bytes = 0

    def _merge(self) -> None:
        """Move the files of old segments that are mostly gone, or do not outweigh the new one."""
        live: dict[int, list[str]] = {}
        for path, row in self._rows.items():
            live.setdefault(row[2], []).append(path)
        for number in reversed(range(len(self._segments))):
            paths = live.get(number, [])
            if self._is_wasteful(number, paths) or self._is_small(paths):
                for path in sorted(paths):
                    row = self._rows[path]
                    self._add(path, row, self._segments[number].scanned(row[3]))

    def _is_wasteful(self, number: int, live: Sequence[str]) -> bool:
        return 2 * len(live) < len(self._segments[number])

    def _is_small(self, live: Sequence[str]) -> bool:
        size = sum(self._rows[path][0][0] for path in live)
        new = len(self._builder)
        return len(live) <= _OUTWEIGHED * new and not self._is_full(len(live), size)


def _key(digest: bytes, path: str) -> bytes:
    """Of what a scan depends on: the text, and the language that the path's end tells."""
    return blake2b(digest + extension(path).encode(), digest_size=KEY_BYTES).digest()
