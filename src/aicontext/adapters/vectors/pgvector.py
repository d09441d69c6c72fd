"""Vectors in PostgreSQL, by its extension pgvector."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from aicontext.adapters.engines import postgresql_engine
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.storage.vectors import (
    Filter,
    Item,
    Match,
    Space,
    check_limit,
    unit,
    written,
)

_SCHEMA = Path(__file__).with_name("schema.postgresql.sql")
_LOCK = 0x76656374
"""Of PostgreSQL's advisory locks; two processes that make the tables go one after the other."""

_FEW = 5_000
"""Of so many vectors that a filter leaves at most all are compared: the graph would be walked far
to find them among others."""

_AT_ONCE = 200
"""Vectors of a statement: each takes its place in the graph, and statements have bounds of time."""

_COLUMNS = ("id", "user", "project", "kind", "metadata", "vector")

_PUT = text(
    'INSERT INTO vectors (organisation, id, "user", project, kind, metadata, vector)'
    " SELECT :organisation, * FROM unnest(CAST(:id AS text[]), CAST(:user AS text[]),"
    " CAST(:project AS text[]), CAST(:kind AS text[]), CAST(:metadata AS text[]),"
    " CAST(CAST(:vector AS text[]) AS vector[]))"
    " ON CONFLICT (organisation, id) DO UPDATE SET"
    ' ("user", project, kind, metadata, vector) = (EXCLUDED."user", EXCLUDED.project,'
    " EXCLUDED.kind, EXCLUDED.metadata, EXCLUDED.vector)"
)
_EVERY = text(
    'SELECT organisation, id, "user", project, kind, metadata, CAST(vector AS text) AS vector'
    " FROM vectors WHERE (organisation, id) > (:organisation, :id)"
    " ORDER BY organisation, id LIMIT :limit"
)
_BEGIN = text(
    "SELECT set_config('role', 'aicontext_tenant', true),"
    " set_config('aicontext.tenant', :organisation, true),"
    " set_config('hnsw.iterative_scan', 'strict_order', true),"
    " set_config('hnsw.ef_search', '100', true)"
)


class PgVectors:
    """In the records' database or another: a tenant's transaction runs as the role that row-level
    security holds to its organisation. Tenants are spread over parts, each with a graph of its own,
    so that a graph holds few of the others.

    url: postgresql://USER:PASSWORD@HOST/NAME. connections: that this process opens at most. Raises
    InvalidInput for an address that is none.
    """

    def __init__(self, url: str, space: Space, connections: int = 10) -> None:
        self._engine = postgresql_engine(url, "vectors", connections)
        self._space = space
        self._prepared = False
        self._preparing = asyncio.Lock()

    async def put(self, items: Sequence[Item]) -> None:
        rows = {(item.organisation, item.id): (item, self._row(item)) for item in items}
        ordered = sorted(rows.values(), key=lambda row: (row[0].organisation, row[0].id))
        async with self._told(), self._engine.connect() as connection:
            for organisation, group in groupby(ordered, lambda row: row[0].organisation):
                await self._begin(connection, organisation)
                every = [row for _, row in group]
                for first in range(0, len(every), _AT_ONCE):
                    columns = zip(*every[first : first + _AT_ONCE], strict=True)
                    values = dict(zip(_COLUMNS, map(list, columns), strict=True))
                    await connection.execute(_PUT, {"organisation": organisation, **values})
                await connection.execute(text("RESET ROLE"))
            await connection.commit()

    async def search(
        self, vector: Sequence[float], where: Filter, limit: int = 10
    ) -> Sequence[Match]:
        check_limit(limit)
        condition, values = _condition(where)
        wanted = {"wanted": _literal(unit(vector, self._space)), "limit": limit, **values}
        few = text(
            f"SELECT count(*) <= {_FEW} FROM"
            f" (SELECT FROM vectors WHERE {condition} LIMIT {_FEW + 1}) found"
        )
        async with self._tenant(where.organisation) as connection:
            # An index is used for the plain distance only.
            exact = " + 0" if (await connection.execute(few, values)).scalar() else ""
            found = await connection.execute(
                text(
                    'SELECT id, "user", project, kind, metadata,'
                    " 1 - (vector <=> CAST(:wanted AS vector)) AS score"
                    f" FROM vectors WHERE {condition}"
                    f" ORDER BY (vector <=> CAST(:wanted AS vector)){exact} LIMIT :limit"
                ),
                wanted,
            )
            rows = [row._asdict() for row in found]
        return [Match(**{**row, "metadata": json.loads(row["metadata"])}) for row in rows]

    async def remove(self, organisation: str, ids: Sequence[str]) -> int:
        condition = "organisation = :organisation AND id = ANY(CAST(:ids AS text[]))"
        return await self._removed(
            organisation, condition, {"organisation": organisation, "ids": list(set(ids))}
        )

    async def forget(self, where: Filter) -> int:
        return await self._removed(where.organisation, *_condition(where))

    async def count(self, where: Filter) -> int:
        condition, values = _condition(where)
        async with self._tenant(where.organisation) as connection:
            found = await connection.execute(
                text(f"SELECT count(*) FROM vectors WHERE {condition}"), values
            )
            return int(found.scalar_one())

    async def every(self, after: tuple[str, str], limit: int) -> Sequence[Item]:
        wanted = {"organisation": after[0], "id": after[1], "limit": limit}
        async with self._told(), self._engine.connect() as connection:
            rows = [row._asdict() for row in await connection.execute(_EVERY, wanted)]
        return [
            Item(
                **{
                    **row,
                    "metadata": json.loads(row["metadata"]),
                    "vector": array("f", json.loads(row["vector"])),
                }
            )
            for row in rows
        ]

    async def close(self) -> None:
        await self._engine.dispose()

    async def _removed(self, organisation: str, condition: str, values: dict[str, Any]) -> int:
        async with self._tenant(organisation) as connection:
            found = await connection.execute(text(f"DELETE FROM vectors WHERE {condition}"), values)
            return int(found.rowcount)

    @asynccontextmanager
    async def _tenant(self, organisation: str) -> AsyncIterator[AsyncConnection]:
        """Committed when left without an error."""
        async with self._told(), self._engine.connect() as connection:
            await self._begin(connection, organisation)
            yield connection
            await connection.commit()

    async def _begin(self, connection: AsyncConnection, organisation: str) -> None:
        await connection.execute(_BEGIN, {"organisation": organisation})

    @asynccontextmanager
    async def _told(self) -> AsyncIterator[None]:
        """The database's errors as ours, once the tables are there."""
        try:
            async with self._preparing:
                if not self._prepared:
                    await self._prepare()
                    self._prepared = True
            yield
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            cause = getattr(error, "orig", None) or error
            raise Unavailable(
                f"The vectors' database gave no answer ({type(cause).__name__}).",
                hint="Nothing was changed. Look at the database, then try again.",
            ) from None

    async def _prepare(self) -> None:
        script = _SCHEMA.read_text(encoding="utf-8")
        async with self._engine.connect() as connection:
            release = (await connection.execute(_EXTENSION)).scalar() or "0"
            if tuple(map(int, release.split("."))) < _OLDEST:
                raise Unavailable(
                    "The vectors' database has no pgvector of 0.8 or newer.",
                    hint="Install it there, or set AICONTEXT_VECTORS to keep them elsewhere.",
                )
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            if not (await connection.execute(_THERE)).scalar():
                for statement in script.split(";\n\n"):
                    filled = statement.replace("{dimension}", str(int(self._space.dimension)))
                    await connection.exec_driver_sql(filled)
                await connection.execute(_MARK, asdict(self._space))
            found = await connection.execute(text("SELECT model, dimension FROM vector_space"))
            self._check(*found.one())
            await connection.commit()

    def _check(self, model: str, dimension: int) -> None:
        if (model, dimension) != (self._space.model, self._space.dimension):
            raise InvalidInput(
                f"The vectors were made by {model} ({dimension} dimensions), "
                f"not by {self._space.model} ({self._space.dimension}).",
                hint="Set the embedding model back, or give another database.",
            )

    def _row(self, item: Item) -> tuple[str, ...]:
        metadata = written(item)
        vector = _literal(unit(item.vector, self._space))
        return item.id, item.user, item.project, item.kind, metadata, vector


_EXTENSION = text(
    "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions"
    " WHERE name = 'vector'"
)
_OLDEST = (0, 8)
"""The first that walks a graph on until enough pass the filter."""

_THERE = text("SELECT to_regclass('vector_space') IS NOT NULL")
_MARK = text("INSERT INTO vector_space (model, dimension) VALUES (:model, :dimension)")


def _condition(where: Filter) -> tuple[str, dict[str, Any]]:
    given = {name: value for name, value in asdict(where).items() if value}
    return " AND ".join(f'"{name}" = :{name}' for name in given), given


def _literal(vector: Sequence[float]) -> str:
    return f"[{','.join(map(repr, vector))}]"
