"""Vectors in a SQLite file, all of which a search compares."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from heapq import nlargest
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aicontext.adapters.vectors.table import VectorTable, best, condition
from aicontext.domain.storage.vectors import Filter, Item, Match, Space, check_limit, unit

_BATCH = 1024
"""Vectors that are in memory at once."""


class ExactVectors:
    """Nothing is kept but the file, so any number of processes may use it; a search takes time in
    proportion to what its filter leaves."""

    def __init__(self, path: Path, space: Space) -> None:
        self._table = VectorTable(path, space)

    async def put(self, items: Sequence[Item]) -> None:
        await asyncio.to_thread(self._table.put, items)

    async def search(
        self, vector: Sequence[float], where: Filter, limit: int = 10
    ) -> Sequence[Match]:
        check_limit(limit)
        wanted = np.frombuffer(unit(vector, self._table.space), np.float32)
        return await asyncio.to_thread(self._search, wanted, where, limit)

    async def remove(self, organisation: str, ids: Sequence[str]) -> int:
        return await asyncio.to_thread(self._table.remove, organisation, ids)

    async def forget(self, where: Filter) -> int:
        return await asyncio.to_thread(self._table.forget, where)

    async def count(self, where: Filter) -> int:
        return await asyncio.to_thread(self._table.count, where)

    async def every(self, after: tuple[str, str], limit: int) -> Sequence[Item]:
        return await asyncio.to_thread(self._table.every, after, limit)

    async def close(self) -> None:
        await asyncio.to_thread(self._table.close)

    def _search(self, wanted: NDArray[np.float32], where: Filter, limit: int) -> list[Match]:
        with self._table.transaction() as base:
            return best(base, dict(nearest(base, wanted, where, limit)))


def nearest(
    base: sqlite3.Connection, wanted: NDArray[np.float32], where: Filter, limit: int
) -> list[tuple[int, float]]:
    """(number, score) of the vectors most alike, the best first."""
    sql, values = condition(where)
    rows = base.execute(f"SELECT number, vector FROM vectors WHERE {sql}", values)
    found: list[tuple[int, float]] = []
    while batch := rows.fetchmany(_BATCH):
        numbers, vectors = zip(*batch, strict=True)
        scores = np.frombuffer(b"".join(vectors), np.float32).reshape(len(batch), -1) @ wanted
        scored = zip(numbers, scores.tolist(), strict=True)
        found = nlargest(limit, [*found, *scored], key=itemgetter(1))
    return found
