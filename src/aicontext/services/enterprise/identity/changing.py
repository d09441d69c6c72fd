"""Changes that hold whatever else is changed at the same time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from aicontext.domain.errors import Conflict
from aicontext.domain.storage.records import Record
from aicontext.ports.stores.records import Records

Kind = TypeVar("Kind", bound=Record)

_TIMES = 10
"""That a change is made anew because others were faster."""


async def changed(
    records: Records,
    organisation: str,
    kind: type[Kind],
    record_id: str,
    change: Callable[[Kind], Kind],
) -> Kind:
    """The record as it is now, with the change, which is right on any version. Raises NotFound, and
    Conflict where others never let it through."""
    for left in reversed(range(_TIMES)):
        try:
            async with records.transaction(organisation) as transaction:
                found = await transaction.get(kind, record_id)
                new = replace(change(found), version=found.version + 1)
                await transaction.replace(new)
                return new
        except Conflict:
            if not left:
                raise
    raise AssertionError("the last time returns or raises")
