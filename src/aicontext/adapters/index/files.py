"""An index in a folder of its own: segments that are never changed, and a manifest of them.

A new state is written beside the old one and takes effect when the manifest is replaced, so a
reader sees one or the other whole, and a writer that is killed has changed nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from aicontext.adapters.index.folder import LOCK, Folder
from aicontext.adapters.index.lock import locked
from aicontext.adapters.index.manifest import Manifest, manifest_parts, read_manifest, skips
from aicontext.adapters.index.writer import FileWriter
from aicontext.domain.errors import InvalidInput
from aicontext.domain.repository.corpus import Corpus
from aicontext.domain.repository.trees import Skip
from aicontext.engine.prioritize.index.kept_history import KeptHistory
from aicontext.engine.prioritize.index.merged import MergedCorpus
from aicontext.engine.prioritize.index.segment import Segment
from aicontext.ports.index import Writer

_TRIES = 20
"""Times that a reader looks again when a writer removed what it was about to open."""


@dataclass(frozen=True, slots=True)
class _Opened:
    manifest: Manifest
    segments: list[Segment]
    history: KeptHistory | None


class FileIndex:
    """The index of the repository at `root`, in a folder of its own below `home`."""

    def __init__(self, home: Path, root: Path) -> None:
        name = blake2b(os.fsencode(root.resolve()), digest_size=12).hexdigest()
        self._folder = Folder(home / name)
        self._state: tuple[int, int, int] | None = None
        self._corpus: MergedCorpus | None = None
        self._skipped: Mapping[str, Skip] = {}

    def corpus(self) -> Corpus | None:
        self._refresh()
        return self._corpus

    def skipped(self) -> Mapping[str, Skip]:
        self._refresh()
        return self._skipped

    def size(self) -> int:
        return self._folder.size()

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with self._folder.writable():
            lock = locked(self._folder.path / LOCK)
        with lock:
            writer = self._writer()
            yield writer
            if writer.changed:
                manifest = writer.finished()
                with self._folder.writable():
                    files = (*manifest.segments, manifest.history)
                    self._folder.publish(manifest_parts(manifest), files)

    def _writer(self) -> FileWriter:
        try:
            opened = self._open()
        except (InvalidInput, OSError) as error:
            reason = f"The index was made anew: {error}." if self._folder.state() else ""
            return FileWriter(self._folder, Manifest(), [], reason)
        return FileWriter(self._folder, opened.manifest, opened.segments, "")

    def _refresh(self) -> None:
        """Open what was published since the last time."""
        for _ in range(_TRIES):
            if (state := self._folder.state()) == self._state:
                return
            self._state, self._corpus, self._skipped = state, None, {}
            try:
                opened = self._open()
            except (FileNotFoundError, InvalidInput):
                self._state = None
                continue
            manifest = opened.manifest
            places = [(row[2], row[3]) for row in manifest.rows.values()]
            paths = list(manifest.rows)
            self._corpus = MergedCorpus(paths, opened.segments, places, opened.history)
            self._skipped = skips(manifest)
            return

    def _open(self) -> _Opened:
        """What was last published. Raises InvalidInput, FileNotFoundError."""
        manifest = read_manifest(self._folder.manifest())
        segments = [Segment(self._folder.read(name)) for name in manifest.segments]
        history = KeptHistory(self._folder.read(manifest.history)) if manifest.history else None
        return _Opened(manifest, segments, history)
