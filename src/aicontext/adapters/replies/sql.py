"""Answers that are given again, in the records' database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from aicontext.adapters.records import rows
from aicontext.adapters.records.sql import SqlRecords, insertion
from aicontext.adapters.records.tables import TABLES
from aicontext.domain.storage.records import Idempotency

_REPLIES = TABLES[Idempotency]
_COLUMNS = _REPLIES.c
_MOST = 1000
"""Forgotten in one step, for which others wait."""


class SqlReplies:
    """A statement for each step, as the platform itself."""

    def __init__(self, records: SqlRecords) -> None:
        self._records = records
        self._claim = _claim(records.dialect)

    async def claim(self, request: Idempotency) -> Idempotency | None:
        row = rows.row(request)
        while not await self._records.change(self._claim, row):
            there = await self.find(request.organisation, request.key)
            if there and there.expires_at >= request.created_at:
                return there
        return None

    async def find(self, organisation: str, key: str) -> Idempotency | None:
        found = await self._records.find(organisation, Idempotency, limit=1, key=key)
        return found[0] if found else None

    async def keep(self, answered: Idempotency) -> None:
        row = rows.row(answered)
        kept = {name: row[name] for name in ("status", "headers", "body", "expires_at")}
        await self._records.change(_KEEP, kept | {"claimed": answered.id})

    async def release(self, request: Idempotency) -> None:
        await self._records.change(_RELEASE, {"claimed": request.id})

    async def sweep(self, at: float) -> bool:
        before = {"at": datetime.fromtimestamp(at, UTC)}
        return await self._records.change(_SWEEP, before) == _MOST


@cache
def _claim(dialect: str) -> Any:
    new = insertion(dialect, _REPLIES)
    values: Mapping[str, Any] = {one.name: new.excluded[one.name] for one in _COLUMNS}
    return new.on_conflict_do_update(
        index_elements=[_COLUMNS.organisation, _COLUMNS.key],
        set_=values,
        where=_COLUMNS.expires_at < new.excluded.created_at,
    )


_KEEP = update(_REPLIES).where(_COLUMNS.id == bindparam("claimed"))
_RELEASE = delete(_REPLIES).where(_COLUMNS.id == bindparam("claimed"))
_ENDED = select(_COLUMNS.id).where(_COLUMNS.expires_at < bindparam("at")).limit(_MOST)
_SWEEP = delete(_REPLIES).where(_COLUMNS.id.in_(_ENDED))
