"""Qdrant's engine over a table of vectors, in a folder that one process owns."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import qdrant_edge as qdrant
from numpy.typing import NDArray
from qdrant_edge import EdgeShard, UpdateOperation

from aicontext.adapters.atomic import replace
from aicontext.adapters.lock import try_lock
from aicontext.adapters.vectors.table import condition
from aicontext.domain.storage.vectors import Filter, Space

_VERSION = 2
_COLUMNS = ("organisation", "user", "project", "kind")
_FIELDS = ("organisation", "owner", "project", "kind")
"""Of the index. owner: organisation and user, since users of others may have the same name."""

_SEGMENT_KIB = 150 * 1024
"""Vectors of a segment that is left as it is: rewriting one stops the whole interpreter."""

_UNSORTED = 20_000
_UNSAVED = 5_000
"""Changes until segments are made of them, and until they are made durable."""

_CANDIDATES = 64.0
"""Of each segment so many of what one bit a dimension finds are compared in full for each match
that is asked for. Of the ten best among 13,000 pieces of code, in one segment, 64 found 99.4 % and
32 found 98.6 %."""

_TOLERANCE = 1e-3


class Place(NamedTuple):
    """Up to where the table's changes are in the index."""

    vector: int = 0
    removal: int = 0


class QdrantIndex:
    """Nothing in it is needed: what it lacks comes from the table, and where it is damaged it is
    made anew. Each vector is kept as one bit a dimension too, by which all that a filter leaves are
    compared; of a graph, the making would cost a hundred times as much."""

    def __init__(self, folder: Path, space: Space) -> None:
        self._folder = folder
        self._space = space
        self._shard: EdgeShard | None = None
        self._lock: int | None = None
        self._place = Place()
        self._checked = False
        self._unsaved = self._unsorted = 0

    @property
    def owned(self) -> bool:
        """Whether this process has the folder."""
        return self._shard is not None

    def nearest(
        self, base: sqlite3.Connection, wanted: NDArray[np.float32], where: Filter, limit: int
    ) -> dict[int, float] | None:
        """Scores by number; None where what it says is not what the table holds."""
        if self._shard is None:
            return None
        try:
            points = self._shard.search(_request(wanted, where, limit))
        except Exception:  # noqa: BLE001 - whatever is wrong with it, the table has all
            self.drop()
            return None
        found = {int(point.id): point.score for point in points}
        exact = _scores(base, wanted, where, list(found))
        if any(abs(exact.get(number, 9.0) - found[number]) > _TOLERANCE for number in found):
            self.drop()
            return None
        return exact

    def advance(self, base: sqlite3.Connection, most: int) -> bool:
        """Take over that many of the table's changes at most; whether it then has all of them.

        False too where another process owns the folder.
        """
        try:
            return self._own(base) and self._advance(base, most)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, the table has all
            self.drop()
            return False

    def drop(self) -> None:
        """Forget all of it, to be made anew."""
        shard, self._shard = self._shard, None
        with suppress(Exception):
            if shard is not None:
                shard.close()
        if self._lock is not None:
            with suppress(OSError):
                self._clear()
        self._let_go()

    def close(self) -> None:
        with suppress(Exception):
            if self._shard is not None:
                self._save()
        self._let_go()

    def _own(self, base: sqlite3.Connection) -> bool:
        if self._shard is not None:
            return True
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try_lock(self._lock)
        except OSError:
            self._let_go()
            return False
        self._checked, self._unsaved, self._unsorted = False, 0, 0
        if place := self._saved():
            self._place, self._shard = place, EdgeShard.load(str(self._folder / "shard"))
        else:
            self._begin(base)
        return True

    def _begin(self, base: sqlite3.Connection) -> None:
        self._clear()
        (self._folder / "shard").mkdir(mode=0o700)
        self._shard = EdgeShard.create(str(self._folder / "shard"), _config(self._space))
        for name in _FIELDS:
            index = qdrant.KeywordIndexParams(is_tenant=name == "organisation")
            self._shard.update(UpdateOperation.create_field_index(name, index))
        (last,) = base.execute("SELECT COALESCE(MAX(number), 0) FROM removals").fetchone()
        self._place = Place(0, last)

    def _clear(self) -> None:
        (self._folder / "place.json").unlink(missing_ok=True)
        shutil.rmtree(self._folder / "shard", ignore_errors=True)

    def _advance(self, base: sqlite3.Connection, most: int) -> bool:
        assert self._shard is not None
        put = base.execute(
            f"SELECT number, {', '.join(_COLUMNS)}, vector FROM vectors"
            " WHERE number > ? ORDER BY number LIMIT ?",
            (self._place.vector, most),
        ).fetchall()
        gone = base.execute(
            "SELECT number, vector FROM removals WHERE number > ? ORDER BY number LIMIT ?",
            (self._place.removal, most),
        ).fetchall()
        if gone and gone[0][0] != self._place.removal + 1:
            raise ValueError("Removals that were not seen are no longer told of.")
        if put:
            self._shard.update(UpdateOperation.upsert_points(list(map(_point, put))))
        if gone:
            self._shard.update(UpdateOperation.delete_points([vector for _, vector in gone]))
        self._place = Place(
            put[-1][0] if put else self._place.vector, gone[-1][0] if gone else self._place.removal
        )
        self._settle(len(put) + len(gone))
        whole = len(put) < most and len(gone) < most
        if whole and not self._checked:
            (count,) = base.execute("SELECT COUNT(*) FROM vectors").fetchone()
            if self._shard.count(qdrant.CountRequest(exact=True)) != count:
                raise ValueError("The index lacks vectors, or has some that were removed.")
            self._checked = True
        return whole

    def _settle(self, changes: int) -> None:
        assert self._shard is not None
        self._unsaved += changes
        self._unsorted += changes
        if self._unsorted >= _UNSORTED:
            self._shard.optimize()
            self._unsorted = 0
            self._save()
        elif self._unsaved >= _UNSAVED:
            self._save()

    def _save(self) -> None:
        """Make durable what the index holds, and then up to where that goes."""
        assert self._shard is not None
        self._shard.flush()
        state = {
            "version": _VERSION,
            "space": asdict(self._space),
            "place": self._place,
            "files": _sizes(self._folder / "shard"),
        }
        replace(self._folder / "place.json", json.dumps(state).encode(), 0o600)
        self._unsaved = 0

    def _saved(self) -> Place | None:
        """Up to where a whole index of this space goes; None where there is none."""
        try:
            state = json.loads((self._folder / "place.json").read_bytes())
            there = _sizes(self._folder / "shard")
            # A file that were shorter than the engine believes would end the process.
            whole = all(there.get(name, -1) >= size for name, size in state["files"].items())
            same = state["version"] == _VERSION and state["space"] == asdict(self._space)
            return Place(*map(int, state["place"])) if whole and same else None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def _let_go(self) -> None:
        shard, self._shard = self._shard, None
        lock, self._lock = self._lock, None
        try:
            if shard is not None:
                shard.close()
        finally:
            if lock is not None:
                os.close(lock)


def _config(space: Space) -> qdrant.EdgeConfig:
    cold = qdrant.Memory.Cold
    return qdrant.EdgeConfig(
        vectors=qdrant.EdgeVectorParams(
            size=space.dimension, distance=qdrant.Distance.Dot, memory=cold
        ),
        quantization_config=qdrant.BinaryQuantizationConfig(memory=qdrant.Memory.Cached),
        hnsw_config=qdrant.HnswIndexConfig(
            m=0, payload_m=0, ef_construct=16, full_scan_threshold=10**9, memory=cold
        ),
        optimizers=qdrant.EdgeOptimizersConfig(
            default_segment_number=8, max_segment_size=_SEGMENT_KIB
        ),
        payload_memory=cold,
        wal_enabled=False,
    )


def _point(row: tuple[Any, ...]) -> qdrant.Point:
    number, organisation, user, project, kind, vector = row
    values = organisation, _owner(organisation, user), project, kind
    return qdrant.Point(
        id=number,
        vector=np.frombuffer(vector, np.float32).tolist(),
        payload=dict(zip(_FIELDS, values, strict=True)),
    )


def _owner(organisation: str, user: str) -> str:
    return f"{organisation}\0{user}"  # No name holds a NUL.


def _request(wanted: NDArray[np.float32], where: Filter, limit: int) -> qdrant.SearchRequest:
    organisation, user, project, kind = astuple(where)
    # Of two lists of vectors the engine would walk one whole, and look each up in the other.
    whose = ("", _owner(organisation, user)) if user else (organisation, "")
    must: list[qdrant.ConditionType] = [
        qdrant.FieldCondition(key=name, match=qdrant.MatchValue(value=value))
        for name, value in zip(_FIELDS, (*whose, project, kind), strict=True)
        if value
    ]
    return qdrant.SearchRequest(
        query=qdrant.Query.Nearest(wanted.tolist()),
        limit=limit,
        filter=qdrant.Filter(must=must),
        params=qdrant.SearchParams(
            quantization=qdrant.QuantizationSearchParams(rescore=True, oversampling=_CANDIDATES)
        ),
    )


def _scores(
    base: sqlite3.Connection, wanted: NDArray[np.float32], where: Filter, numbers: Sequence[int]
) -> dict[int, float]:
    """By number, of those that the table holds and the filter leaves."""
    sql, values = condition(where)
    marks = ", ".join("?" * len(numbers))
    # An index of the filter would lead through all of the tenant's.
    rows = base.execute(
        f"SELECT number, vector FROM vectors NOT INDEXED WHERE number IN ({marks}) AND {sql}",
        (*numbers, *values),
    )
    return {number: float(np.frombuffer(vector, np.float32) @ wanted) for number, vector in rows}


def _sizes(folder: Path) -> dict[str, int]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}
