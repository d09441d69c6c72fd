"""Whether every store of an installation answers, and is what this program expects."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aicontext.domain.errors import AiContextError
from aicontext.domain.storage.places import Checked
from aicontext.kit.clock import Clock

PATIENCE = 15.0
"""Seconds that a store may take to answer."""

Probe = Callable[[], Awaitable[object]]
"""Asks a store something; raises what is wrong with it."""


async def checked(probes: Mapping[tuple[str, str], Probe], clock: Clock) -> Sequence[Checked]:
    """What became of each probe, named by (kind, place). They run at once."""
    return await asyncio.gather(*(_one(*named, probe, clock) for named, probe in probes.items()))


async def _one(kind: str, place: str, probe: Probe, clock: Clock) -> Checked:
    began = clock.tick()
    trouble = hint = ""
    try:
        async with asyncio.timeout(PATIENCE):
            await probe()
    except AiContextError as error:
        trouble, hint = error.message, error.hint
    except TimeoutError:
        trouble, hint = f"It gave no answer in {PATIENCE:g} seconds.", "See whether it runs."
    return Checked(kind, place, clock.tick() - began, trouble, hint)
