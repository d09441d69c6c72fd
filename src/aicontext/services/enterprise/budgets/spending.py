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
from aicontext.ports.access.budgets import Budgets, Mark

LOG = logging.getLogger(__name__)

LEASE = 120.0
"""Seconds for which a call is held without a sign of life of this process."""

PULSE = 20.0
"""Seconds between two signs of life, and between attempts to book what could not be booked."""

FRESH = 2.0
"""Seconds after which a budget that was set or taken away holds at the latest."""

_PATIENCE = 1.0
"""Seconds that a call waits to learn whether others have budgets by now."""

_PAUSE = 5.0
"""Seconds for which a store that gave no answer is not asked again."""

_SWEEP = 3600.0

Owners = dict[tuple[Level, str], frozenset[Unit]]
"""Who has budgets, and the units of those that are hard."""


class Spending:
    """Holds calls while they are under way, and books what they took.

    Where no budget concerns a call nothing is asked. Where the store gives no answer, calls that a
    hard budget concerns, as was last known, are refused, and others let through and counted in
    `unheld`.

    budgets: opens the store; None: there is none, hence no budget. mark: of a hard budget, for a
    process that never could ask. tick: seconds on a clock that never goes back. warned: is told of
    budgets that are nearly spent.
    """

    def __init__(
        self,
        budgets: Callable[[], Awaitable[Budgets | None]],
        mark: Mark,
        tick: Callable[[], float],
        warned: Callable[[Warned], None],
    ) -> None:
        self._open = budgets
        self._mark = mark
        self._tick = tick
        self._warned = warned
        self._budgets: Budgets | None = None
        self._known: dict[str, tuple[float, Owners]] = {}
        self._held: dict[str, str] = {}
        self._ended: dict[str, Amounts] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._opening = asyncio.Lock()
        self._trouble: AiContextError = Unavailable("They gave no answer.")
        self._again = -math.inf
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

    def changed(self, organisation: str) -> None:
        """Its budgets are other ones from now on."""
        if known := self._known.get(organisation):
            self._known[organisation] = -math.inf, known[1]

    async def close(self) -> None:
        """Books what ended."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._book()
        for asking in list(self._asking.values()):
            asking.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        if self._budgets is not None:
            await self._budgets.close()

    async def _owners(self, payer: Payer) -> Owners:
        """Those of the payer's that have budgets."""
        known = await self._read(payer.organisation)
        return {one: known[one] for one in payer.owners & known.keys()} if known else known

    async def _read(self, organisation: str) -> Owners:
        """As they are, or were within FRESH; where the store keeps us waiting, as was last known.
        Raises Unavailable where that is nothing, but for the mark of a hard one."""
        known = self._known.get(organisation)
        if known is not None and self._tick() - known[0] < FRESH:
            return known[1]
        asking = self._asking.get(organisation)
        if asking is not None and known is not None:
            return known[1]  # One call waits for the store; others need not.
        if asking is None and self._tick() >= self._again:
            asking = asyncio.create_task(self._asked(organisation))
            self._asking[organisation] = asking
            asking.add_done_callback(lambda _: self._asking.pop(organisation, None))
        if asking is not None:
            await asyncio.wait({asking}, timeout=None if known is None else _PATIENCE)
        if (known := self._known.get(organisation)) is not None:
            return known[1]
        if self._mark.there(organisation):
            raise _closed(self._trouble)
        self.unheld += 1
        return {}

    async def _asked(self, organisation: str) -> None:
        """Asks the store, and remembers what it says."""
        try:
            async with self._opening:
                if self._budgets is None:
                    self._budgets = await self._open()
            found = await self._budgets.standing(organisation) if self._budgets else ()
        except AiContextError as error:
            self._trouble, self._again = error, self._tick() + _PAUSE
            return
        owners: Owners = {}
        for one in found:
            key = one.budget.level, one.budget.owner
            hard = {one.budget.unit} if one.budget.hard else ()
            owners[key] = owners.get(key, frozenset()).union(hard)
        if (hard_one := any(owners.values())) != self._mark.there(organisation):
            self._mark.put(organisation, hard_one)
        self._known[organisation] = self._tick(), owners

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
