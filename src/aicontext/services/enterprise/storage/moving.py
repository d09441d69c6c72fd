"""An installation's state from one size to another, and the proof that all of it came."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aicontext.domain.errors import Conflict
from aicontext.domain.storage.places import Moved, Tally
from aicontext.services.enterprise.storage.collections import Collection

_DIGESTS = 2**256

Advance = Callable[[int, int], None] | None
"""Told of the collections done and of all of them."""


async def move(
    source: Mapping[str, Collection[Any]],
    target: Mapping[str, Collection[Any]],
    advance: Advance = None,
    *,
    again: bool = False,
) -> Sequence[Moved]:
    """Copy the collections, in their order, and count both sides afterwards.

    What is there already is written again, so that a first copy can be made while the source is in
    use and a second one, when it rests, brings the rest. again: the target may hold something.
    Raises Conflict where it does and may not; nothing was written then.
    """
    if not again:
        for name, collection in target.items():
            if (await tally(collection)).count:
                raise Conflict(
                    f"The target holds {name} already.",
                    hint="Give --again where they came from an earlier copy of the same source.",
                )
    moved = []
    for done, (name, collection) in enumerate(source.items(), 1):
        written = 0
        async for items in collection.groups():
            await target[name].keep(items)
            written += len(items)
        moved.append(Moved(name, written, await tally(collection), await tally(target[name])))
        if advance:
            advance(done, len(source))
    return moved


async def tally(collection: Collection[Any]) -> Tally:
    """How many items there are, and a digest of them all: the sum of each item's SHA-256."""
    count = total = 0
    async for items in collection.groups():
        for item in items:
            found = hashlib.sha256(collection.content(item)).digest()
            total = (total + int.from_bytes(found, "big")) % _DIGESTS
        count += len(items)
    return Tally(count, f"{total:064x}")
