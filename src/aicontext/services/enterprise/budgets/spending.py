"""Holding calls to the budgets of who pays for them."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from aicontext.domain.errors import AiContextError, OverBudget, Unavailable
from aicontext.domain.storage.records import Level, Unit
from aicontext.domain.tenancy.budgets import Amounts, Payer, Warned
from aicontext.ports.access.budgets import Budgets

LOG = logging.getLogger(__name__)

LEASE = 120.0
"""Seconds for which a call is held without a sign of life of this process."""

PULSE = 20.0
"""Seconds between two signs of life, and between attempts to book what could not be booked."""

FRESH = 2.0
"""Seconds after which a budget that was set or taken away holds at the latest."""

_SWEEP = 3600.0

Owners = dict[tuple[Level, str], frozenset[Unit]]
"""Who has budgets, and the units of those that are hard."""


class Spending:
    """Holds calls while they are under way, and books what they took.

    Where no budget concerns a call nothing is asked. Where the store gives no answer, calls that a
    hard budget may concern are refused, and others let through and counted in `unheld`.

    budgets: opens the store; None: there is none, hence no budget. tick: seconds on a clock that
    never goes back. warned: is told of budgets that are nearly spent.
    """

    def __init__(
        self,
        budgets: Callable[[], Awaitable[Budgets | None]],
        tick: Callable[[], float],
        warned: Callable[[Warned], None],
    ) -> None:
        self._open = budgets
        self._tick = tick
        self._warned = warned
        self._budgets: Budgets | None = None
        self._known: dict[str, tuple[float, Owners]] = {}
        self._held: dict[str, str] = {}
        self._ended: dict[str, Amounts] = {}
        self._asking = asyncio.Lock()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.unheld = self.refused = 0

    @property
    def held(self) -> int:
        """Calls under way that are held."""
        return len(self._held)

    async def concerns(self, payer: Payer) -> bool:
        """Whether a call of theirs is held to any budget. Raises Unavailable where that is not
        known."""
        return bool(await self._owners(payer))

    async def reserve(self, payer: Payer, call: str, most: Amounts, *, priced: bool = True) -> None:
        """Hold the most that the call may take. call: an id of 32 hexadecimal digits. priced: what
        it costs is known. Raises OverBudget, and Unavailable where a hard budget may be concerned.
        """
        concerned = await self._owners(payer)
        if not concerned or self._budgets is None:
            return
        hard = frozenset[Unit]().union(*concerned.values())
        if Unit.MONEY in hard and not priced:
            self.refused += 1
            raise OverBudget(
                "No price is known for this model, so that the budget in money cannot hold it.",
                math.inf,
                hint="Set a budget in tokens instead.",
            )
        try:
            standings = await self._budgets.reserve(payer, call, most, LEASE)
        except Unavailable as error:
            if hard:
                raise _closed(error) from None
            self.unheld += 1
            return
        except OverBudget:
            self.refused += 1
            raise
        if standings:
            self._held[call] = payer.organisation
            if self._task is None:
                self._task = asyncio.create_task(self._work())

    def settle(self, call: str, taken: Amounts) -> None:
        """Book what the call took, soon; nothing where it was not held."""
        if call in self._held:
            self._ended[call] = taken
            self._wake.set()

    async def close(self) -> None:
        """Books what ended."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._book()
        if self._budgets is not None:
            await self._budgets.close()

    async def _owners(self, payer: Payer) -> Owners:
        """Those of the payer's that have budgets."""
        known = await self._read(payer.organisation)
        return {one: known[one] for one in payer.owners & known.keys()} if known else known

    async def _read(self, organisation: str) -> Owners:
        at, owners = self._known.get(organisation, (None, {}))
        now = self._tick()
        if at is not None:
            if now - at < FRESH:
                return owners
            self._known[organisation] = now, owners  # One call asks; others need not wait for it.
        try:
            async with self._asking:
                found = await self._asked(organisation)
        except AiContextError as error:
            if at is None:
                raise _closed(error) from None
            return owners
        self._known[organisation] = self._tick(), found
        return found

    async def _asked(self, organisation: str) -> Owners:
        if self._budgets is None:
            self._budgets = await self._open()
        if self._budgets is None:
            return {}
        owners: Owners = {}
        for one in await self._budgets.standing(organisation):
            key = one.budget.level, one.budget.owner
            hard = {one.budget.unit} if one.budget.hard else ()
            owners[key] = owners.get(key, frozenset()).union(hard)
        return owners

    async def _work(self) -> None:
        """While this process lives."""
        pulse = swept = self._tick()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(PULSE):
                    await self._wake.wait()
            self._wake.clear()
            now = self._tick()
            try:
                await self._book()
                if now - pulse >= PULSE:
                    pulse = now
                    await self._renew()
                if now - swept >= _SWEEP and self._budgets is not None:
                    swept = now
                    await self._budgets.sweep()
            except Unavailable:
                continue
            except Exception as error:  # noqa: BLE001 - what is held must go on being renewed
                LOG.error("Budgets could not be looked after: %s", type(error).__name__)

    async def _book(self) -> None:
        """What cannot be booked now is held on, and tried again."""
        for call, taken in list(self._ended.items()):
            warnings: Sequence[Warned] = ()
            try:
                if self._budgets is not None:
                    warnings = await self._budgets.settle(self._held[call], call, taken)
            except Unavailable:
                return
            except AiContextError:  # It was held so long ago that it was forgotten.
                self.unheld += 1
            del self._ended[call], self._held[call]
            for warning in warnings:
                self._warned(warning)

    async def _renew(self) -> None:
        by_tenant: dict[str, list[str]] = {}
        for call, organisation in self._held.items():
            by_tenant.setdefault(organisation, []).append(call)
        for organisation, calls in by_tenant.items():
            if self._budgets is not None:
                await self._budgets.renew(organisation, calls, LEASE)


def _closed(error: AiContextError) -> Unavailable:
    return Unavailable(
        f"Budgets cannot be read, and one of them may be hard. {error.message}",
        hint=error.hint or "Calls are refused until they can be read.",
    )
