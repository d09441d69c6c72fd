"""Vectors in a SQLite file, found by Qdrant's engine in this process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import numpy as np
from numpy.typing import NDArray

from aicontext.adapters.vectors.exact import ExactVectors, nearest
from aicontext.adapters.vectors.qdrant_index import QdrantIndex
from aicontext.adapters.vectors.table import best
from aicontext.domain.errors import AiContextError
from aicontext.domain.storage.vectors import Filter, Match, Space

_AT_ONCE = 2_000
"""Changes that a search takes over before it answers, and others wait for."""


class QdrantVectors(ExactVectors):
    """The file is what is durable. The index beside it belongs to the process that used it first;
    others, and this one while the index is behind, compare all that the filter leaves."""

    def __init__(self, path: Path, space: Space) -> None:
        super().__init__(path, space)
        self._index = QdrantIndex(path.with_name(f"{path.stem}-index"), space)
        self._stop = Event()
        self._following: Thread | None = None

    async def close(self) -> None:
        self._stop.set()
        await asyncio.to_thread(self._close)

    def _search(self, wanted: NDArray[np.float32], where: Filter, limit: int) -> list[Match]:
        with self._table.transaction() as base:
            found = None
            if self._index.advance(base, _AT_ONCE):
                found = self._index.nearest(base, wanted, where, limit)
            elif self._index.owned:
                self._follow()
            if found is None:
                found = dict(nearest(base, wanted, where, limit))
            return best(base, found)

    def _follow(self) -> None:
        """Take over in another thread what is too much for a search."""
        if self._following is None or not self._following.is_alive():
            self._following = Thread(target=self._catch_up, name="vectors-index", daemon=True)
            self._following.start()

    def _catch_up(self) -> None:
        with suppress(AiContextError):  # A search will say it.
            while not self._stop.is_set():
                with self._table.transaction() as base:
                    if self._index.advance(base, _AT_ONCE) or not self._index.owned:
                        return

    def _close(self) -> None:
        if self._following is not None:
            self._following.join()
        self._index.close()
        self._table.close()
