"""The segments of an index while it is written: those there were, and one that grows."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from aicontext.adapters.index.folder import Folder
from aicontext.adapters.index.manifest import KEY_BYTES
from aicontext.domain.repository.trees import Commits, Text
from aicontext.engine.detect.extensions import extension
from aicontext.engine.prioritize.index.history import file_history
from aicontext.engine.prioritize.index.kept_history import history_parts
from aicontext.engine.prioritize.index.scan import Scanned, scan
from aicontext.engine.prioritize.index.segment import (
    MOST_BYTES,
    MOST_FILES,
    Segment,
    SegmentBuilder,
)

Place = tuple[int, int]
"""A segment, and a file's number in it."""


class Segments:
    """New files go to new segments, which nobody reads before a manifest names them."""

    def __init__(
        self, folder: Folder, names: Sequence[str], old: Sequence[Sequence[memoryview]]
    ) -> None:
        self.names = list(names)
        """Of their files."""
        self.old = [Segment(sections) for sections in old]
        self._folder = folder
        self._builder = SegmentBuilder()
        self._bytes = 0

    @property
    def growing(self) -> int:
        """Files in the one that grows."""
        return len(self._builder)

    def scan(self, path: str, text: Text) -> Place:
        """Take a file of which nothing is known; its bytes are about those of its text."""
        return self._add(path, len(text.text), scan(path, text.text))

    def name(self, path: str) -> Place:
        """Take a file whose text is not kept."""
        return self._add(path, 0, Scanned())

    def move(self, path: str, size: int, old: Place) -> Place:
        """Take what is known of a file of an old segment. size: bytes of its text."""
        return self._add(path, size, self.old[old[0]].scanned(old[1]))

    def is_full(self, files: int, size: int) -> bool:
        """Whether so many more files, with so many bytes, are too much for one segment."""
        return self.growing + files > MOST_FILES or self._bytes + size > MOST_BYTES

    def flush(self) -> None:
        """Write the one that grows."""
        if self.growing:
            with self._folder.writable():
                self.names.append(self._folder.write(self._builder.parts()))
        self._builder = SegmentBuilder()
        self._bytes = 0

    def remember(self, commits: Commits) -> str:
        """The name of a new file that holds what the commits say."""
        with self._folder.writable():
            return self._folder.write(history_parts(file_history(commits)))

    def _add(self, path: str, size: int, scanned: Scanned) -> Place:
        if self.is_full(1, size):
            self.flush()
        number = self._builder.add(path, scanned)
        self._bytes += size
        return len(self.names), number


def text_key(path: str, text: Text) -> bytes:
    """Of what a scan depends on: the text, and the language that the path's end tells."""
    return blake2b(text.digest + extension(path).encode(), digest_size=KEY_BYTES).digest()
