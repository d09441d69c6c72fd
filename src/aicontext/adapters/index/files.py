"""An index in a folder of its own: segments that are never changed, and a manifest of them.

A new state is written beside the old one and takes effect when the manifest is replaced, so a
reader sees one or the other whole, and a writer that is killed has changed nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING
from zlib import crc32

from aicontext.adapters.index.folder import LOCK, Folder
from aicontext.adapters.index.manifest import Manifest, manifest_parts, read_manifest
from aicontext.adapters.index.writer import FileWriter
from aicontext.adapters.lock import locked
from aicontext.domain.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

    from aicontext.domain.repository.corpus import Corpus
    from aicontext.domain.repository.trees import Stamp
    from aicontext.ports.stores.index import Writer

_NAME = 40
"""Characters of the repository's own name in that of its folder."""

_TRIES = 20
"""Times that a reader looks again when a writer removed what it was about to open."""


class FileIndex:
    """The index of the repository at `root`, in a folder of its own below `home`."""

    def __init__(self, home: Path, root: Path) -> None:
        whole = root.resolve()
        # Should two ever share a folder, each would find the other's files gone, and read its own.
        name = f"{whole.name[:_NAME]}-{crc32(os.fsencode(whole)):08x}"
        self._folder = Folder(home / name)
        self._last: _Published | None = None

    def corpus(self) -> Corpus | None:
        with self._folder.readable():
            return self._latest()

    def size(self) -> int:
        with self._folder.readable():
            return self._folder.size()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with ExitStack() as held:
            with self._folder.writable():
                held.enter_context(locked(self._folder.path / LOCK))
            writer = self._writer()
            yield writer
            if writer.changed:
                manifest = writer.finished()
                with self._folder.writable():
                    files = (*manifest.segments, manifest.history)
                    self._folder.publish(manifest_parts(manifest), files)
            elif self._last:
                self._last.files = writer.files

    def _latest(self) -> Corpus | None:
        for _ in range(_TRIES):
            try:
                return self._published().corpus
            except (FileNotFoundError, InvalidInput):
                continue
        return None

    def _writer(self) -> FileWriter:
        try:
            last = self._published()
        except (InvalidInput, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            reason = f"The index was made anew: {why}." if self._folder.state() else ""
            return FileWriter(self._folder, Manifest(), [], held={}, reason=reason)
        return FileWriter(self._folder, last.manifest, last.segments, held=last.files)

    def _published(self) -> _Published:
        """What was last published, verified once. Raises InvalidInput, OSError."""
        state = self._folder.state()
        if (last := self._last) is None or last.state != state:
            last = self._last = _Published(self._folder, state)
        return last


class _Published:
    """A state of the index as its files hold it."""

    def __init__(self, folder: Folder, state: tuple[int, int, int] | None) -> None:
        """Raises InvalidInput, OSError."""
        self.state = state
        self.files: Mapping[str, Stamp] = {}
        """Those that were last found to be just what it holds."""
        self.manifest = read_manifest(folder.manifest())
        self.segments = [folder.read(name) for name in self.manifest.segments]
        self._history = folder.read(self.manifest.history) if self.manifest.history else None

    @cached_property
    def corpus(self) -> Corpus:
        from aicontext.engine.prioritize.index.kept_history import KeptHistory
        from aicontext.engine.prioritize.index.merged import MergedCorpus
        from aicontext.engine.prioritize.index.segment import Segment

        segments = [Segment(sections) for sections in self.segments]
        history = KeptHistory(self._history) if self._history else None
        rows = self.manifest.rows
        places = [(row[2], row[3]) for row in rows.values()]
        return MergedCorpus(list(rows), segments, places, history)
