"""An archive that ends with the process; for library use without a home folder."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import OrderedDict
from pathlib import Path

from aicontext.adapters.archive.handles import checked
from aicontext.adapters.archive.plain_files import PlainFiles
from aicontext.domain.context import HANDLE_LENGTH, digest
from aicontext.domain.errors import NotFound


class MemoryArchive:
    """Keeps the most recently used texts within `limit` bytes of text."""

    def __init__(self, limit: int = 256 * 2**20) -> None:
        self._limit = limit
        self._bytes = 0
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._files: PlainFiles | None = None

    def put(self, *texts: str) -> tuple[str, ...]:
        keys = tuple(digest(text) for text in texts)
        for key, text in zip(keys, texts, strict=True):
            if key not in self._texts:
                self._texts[key] = text
                self._bytes += len(text)
            self._texts.move_to_end(key)
        while self._bytes > self._limit and len(self._texts) > len(keys):
            key, text = self._texts.popitem(last=False)
            self._bytes -= len(text)
            self._hide(key[:HANDLE_LENGTH])
        return tuple(key[:HANDLE_LENGTH] for key in keys)

    def held(self, *texts: str, exposed: bool = False) -> frozenset[str]:
        kept = (key[:HANDLE_LENGTH] for key in map(digest, texts) if key in self._texts)
        return frozenset(k for k in kept if not exposed or (self._files and self._files.holds(k)))

    def expose(self, *texts: str) -> str:
        """In a temporary folder, which goes with the archive."""
        if texts:
            self.put(*texts)
        if self._files is None:
            folder = tempfile.mkdtemp(prefix="aicontext-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._files = PlainFiles(Path(folder) / "originals")
        return self._files.write(texts)

    def get(self, handle: str) -> str:
        wanted = checked(handle)
        found = [key for key in self._texts if key.startswith(wanted)]
        if len(found) != 1:
            raise NotFound(
                f"The archive holds no single text for the handle {wanted}.",
                hint="It may have been evicted, or another process made it.",
            )
        self._texts.move_to_end(found[0])
        return self._texts[found[0]]

    def size(self) -> tuple[int, int]:
        return len(self._texts), self._bytes

    def clear(self) -> None:
        self._hide(*(key[:HANDLE_LENGTH] for key in self._texts))
        self._texts.clear()
        self._bytes = 0

    def _hide(self, *handles: str) -> None:
        if self._files is not None:
            self._files.remove(handles)
