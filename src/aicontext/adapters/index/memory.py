"""An index that ends with the process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock

from aicontext.domain.repository.corpus import Corpus, FileHistory
from aicontext.domain.repository.trees import Commits, Skip, Stamp, Text
from aicontext.engine.detect.extensions import extension
from aicontext.engine.prioritize.index.corpus import ScannedCorpus
from aicontext.engine.prioritize.index.history import file_history
from aicontext.engine.prioritize.index.scan import Scanned, scan
from aicontext.ports.stores.index import Writer

_Entry = tuple[Scanned, tuple[bytes, str] | Skip]
"""What was found, and what that depends on: the text's digest and the path's extension."""


class MemoryIndex:
    """Keeps every file's scan as it is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._writer: _Writer | None = None

    def corpus(self) -> Corpus | None:
        if (last := self._writer) is None:
            return None
        return ScannedCorpus({path: of[0] for path, (_, of) in last.known.items()}, last.history)

    def size(self) -> int:
        return 0

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        with self._lock:
            writer = _Writer(self._writer)
            yield writer
            self._writer = writer


class _Writer:
    reason = ""

    def __init__(self, last: _Writer | None) -> None:
        self.known: dict[str, tuple[Stamp, _Entry]] = dict(last.known) if last else {}
        self.history: FileHistory = last.history if last else FileHistory()
        self._stamps: Mapping[str, Stamp] = {}
        self._scanned = {of[1]: of[0] for _, of in self.known.values()}

    @property
    def mark(self) -> str:
        return self.history.mark

    def stale(self, files: Mapping[str, Stamp]) -> list[str]:
        self._stamps = files
        fresh = {path for path, (stamp, _) in self.known.items() if files.get(path) == stamp}
        self.known = {path: entry for path, entry in self.known.items() if path in fresh}
        return [path for path in files if path not in fresh]

    def put(self, path: str, found: Text | Skip) -> None:
        if isinstance(found, Skip):
            self.known[path] = self._stamps[path], (Scanned(), found)
            return
        key = found.digest, extension(path)
        if (scanned := self._scanned.get(key)) is None:
            scanned = self._scanned[key] = scan(path, found.text)
        self.known[path] = self._stamps[path], (scanned, key)

    def skipped(self) -> Mapping[str, Skip]:
        return {path: of[1] for path, (_, of) in self.known.items() if isinstance(of[1], Skip)}

    def remember(self, commits: Commits) -> None:
        self.history = file_history(commits)
