"""How often who may call, and what it may cost."""

from __future__ import annotations

import logging
from threading import Thread
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.domain.tenancy.budgets import Payer, written
from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.ids import time_ordered
from aicontext.wiring import stores
from aicontext.wiring.extension.notices import tell
from aicontext.wiring.extras import needed

if TYPE_CHECKING:
    from aicontext.adapters.budgets.mark import HardMark
    from aicontext.adapters.budgets.sql import SqlBudgets
    from aicontext.adapters.records.sql import SqlRecords
    from aicontext.domain.tenancy.budgets import Warned
    from aicontext.ports.access.budgets import Budgets
    from aicontext.ports.access.limits import Limits
    from aicontext.services.enterprise.budgets.setting import BudgetService
    from aicontext.services.enterprise.budgets.spending import Spending
    from aicontext.services.enterprise.limits import RateLimits
    from aicontext.settings import Settings
    from aicontext.wiring.telemetry import Telemetry


def local_payer() -> Payer:
    """The user of this machine."""
    from aicontext.services.enterprise.identity.local import LOCAL_ORGANISATION, LOCAL_USER

    return Payer(organisation=LOCAL_ORGANISATION, user=LOCAL_USER)


def rate_limits(settings: Settings | None = None, numbers: Telemetry | None = None) -> RateLimits:
    """Those that are set, counted in the cache that processes share, where there is one. numbers:
    are told how often that was not there. Raises MissingExtra."""
    from aicontext.adapters.limits.fallback import FallbackLimits
    from aicontext.services.enterprise.limits import RateLimits
    from aicontext.wiring.telemetry import of_limits

    chosen = settings or environment.load()
    limits = counted(chosen)
    if numbers is not None and isinstance(limits, FallbackLimits):
        numbers.add(of_limits(limits))
    return RateLimits(limits, chosen.rate_limits)


def counted(settings: Settings, clock: Clock = CLOCK) -> Limits:
    """What counts calls: this process, or all that share a cache. Raises MissingExtra."""
    from aicontext.adapters.limits.memory import MemoryLimits

    near = MemoryLimits(clock.tick)
    if not settings.cache:
        return near
    with needed("The shared limits", "redis"):
        from aicontext.adapters.limits.fallback import FallbackLimits
        from aicontext.adapters.limits.redis import RedisLimits

        return FallbackLimits(RedisLimits(settings.cache), near, settings.nodes, clock.tick)


async def budget_service(settings: Settings | None = None) -> BudgetService:
    """Budgets of this installation's tenants; those of this machine's user can be set. To be
    closed. Raises MissingExtra, InvalidInput, Unavailable."""
    from aicontext.adapters.cache.memory import MemoryCache
    from aicontext.services.enterprise.budgets.setting import BudgetService
    from aicontext.services.enterprise.identity.known import Known
    from aicontext.services.enterprise.identity.local import LocalUser

    chosen = settings or environment.load()
    records, budgets = _books(chosen)
    if chosen.records:
        await records.check()
    else:
        await records.migrate()
    known = Known(MemoryCache(2**20, CLOCK.tick))
    await LocalUser(records, known, CLOCK, open_=True).ensure()
    return BudgetService(records, budgets, hard_mark(chosen), clock=CLOCK, new_id=time_ordered)


def budgets_of(
    settings: Settings, records: SqlRecords, numbers: Telemetry
) -> tuple[BudgetService, Spending]:
    """(what sets budgets, what holds calls to them), in records that are open. The latter is to be
    closed, and the records after it."""
    from aicontext.adapters.budgets.sql import SqlBudgets
    from aicontext.services.enterprise.budgets.setting import BudgetService
    from aicontext.services.enterprise.budgets.spending import Spending

    books, mark = SqlBudgets(records), hard_mark(settings)

    async def opened() -> Budgets:
        return books

    held = Spending(opened, mark, CLOCK.tick, _warned)
    numbers.spends(held)
    service = BudgetService(
        records, books, mark, clock=CLOCK, new_id=time_ordered, changed=held.changed
    )
    return service, held


def spending(settings: Settings) -> Spending:
    """What holds calls to budgets. In a file nothing is opened before one is set there."""
    import asyncio

    from aicontext.adapters.budgets.presence import any_budget
    from aicontext.services.enterprise.budgets.spending import Spending

    async def opened() -> Budgets | None:
        return await asyncio.to_thread(found)  # To load what it takes holds up no other call.

    def found() -> Budgets | None:
        if not settings.records and not any_budget(settings.home / "records.db"):
            return None
        return _books(settings)[1]

    return Spending(opened, hard_mark(settings), CLOCK.tick, _warned)


def hard_mark(settings: Settings) -> HardMark:
    """To be put where a hard budget is set, for whose it is."""
    from aicontext.adapters.budgets.mark import HardMark

    return HardMark(settings.home)


def _books(settings: Settings) -> tuple[SqlRecords, SqlBudgets]:
    with needed("A budget", "postgresql" if settings.records else "records"):
        from aicontext.adapters.budgets.sql import SqlBudgets
    records = stores.records(settings)
    return records, SqlBudgets(records)


def _warned(told: Warned) -> None:
    budget, share = told.budget, told.spent * 100 // told.budget.amount
    spent, amount = written(told.spent, budget.unit), written(budget.amount, budget.unit)
    said = "%d %% of the %s budget of the %s are spent: %s of %s."
    words = share, budget.period, budget.level, spent, amount
    logging.getLogger(__name__).warning(said, *words)
    names = "percent", "period", "level", "spent", "amount"
    # Calls do not wait until that is on the disk; the process' end does.
    told_of = "budget.warned", dict(zip(names, words, strict=True))
    Thread(target=tell, args=told_of).start()
