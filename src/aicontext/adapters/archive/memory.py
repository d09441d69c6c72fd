"""An archive that ends with the process; for library use without a home folder."""

from __future__ import annotations

from collections import OrderedDict

from aicontext.adapters.archive.handles import checked
from aicontext.domain.context import HANDLE_LENGTH, digest
from aicontext.domain.errors import NotFound


class MemoryArchive:
    """Keeps the most recently used texts within `limit` bytes of text."""

    def __init__(self, limit: int = 256 * 2**20) -> None:
        self._limit = limit
        self._bytes = 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    def put(self, *texts: str) -> tuple[str, ...]:
        keys = tuple(digest(text) for text in texts)
        for key, text in zip(keys, texts, strict=True):
            if key not in self._texts:
                self._texts[key] = text
                self._bytes += len(text)
            self._texts.move_to_end(key)
        while self._bytes > self._limit and len(self._texts) > len(keys):
            self._bytes -= len(self._texts.popitem(last=False)[1])
        return tuple(key[:HANDLE_LENGTH] for key in keys)

    def held(self, *texts: str) -> frozenset[str]:
        kept = (key for key in map(digest, texts) if key in self._texts)
        return frozenset(key[:HANDLE_LENGTH] for key in kept)

    def get(self, handle: str) -> str:
        wanted = checked(handle)
        found = [key for key in self._texts if key.startswith(wanted)]
        if len(found) != 1:
            raise NotFound(f"The archive holds no single text for the handle {wanted}.")
        self._texts.move_to_end(found[0])
        return self._texts[found[0]]

    def size(self) -> tuple[int, int]:
        return len(self._texts), self._bytes

    def clear(self) -> None:
        self._texts.clear()
        self._bytes = 0
