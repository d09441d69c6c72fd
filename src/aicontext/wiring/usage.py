"""Usage events, and what they add up to."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.wiring import stores
from aicontext.wiring.extras import needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

    from aicontext.domain.analytics.usage import UsageQuery
    from aicontext.domain.context import Kind
    from aicontext.domain.events import By, UsageEvent
    from aicontext.domain.usage import Model
    from aicontext.ports.stores.events import Events
    from aicontext.services.analytics.accounting.reconciling import Reconciliation
    from aicontext.services.analytics.accounting.repricing import Repriced
    from aicontext.services.analytics.accounting.usage import Usage
    from aicontext.services.analytics.publishing import Publisher
    from aicontext.services.analytics.recorder import Recorder
    from aicontext.services.analytics.savings import Books, Done, Savings
    from aicontext.settings import Settings

_CLOSING = 2.0
"""Seconds that the end of a program waits for its record."""


def events(settings: Settings | None = None, *, kept: bool = False) -> Events:
    """The user's usage events. kept: for who writes often, and closes them at the end."""
    chosen = settings or environment.load()
    if chosen.events:
        with needed("Usage events in ClickHouse", "clickhouse"):
            from aicontext.adapters.events.clickhouse.store import ClickHouseEvents

            return ClickHouseEvents(chosen.events, keep_days=dict(chosen.keep_days))
    from aicontext.adapters.events.sqlite import SqliteEvents

    return SqliteEvents(chosen.home / "usage.db", kept=kept)


def publisher(settings: Settings) -> Publisher:
    """Where a process that serves calls puts its usage events, in sizes that have a bus. Raises
    MissingExtra, InvalidInput."""
    from functools import partial
    from importlib import import_module

    from aicontext.services.analytics.publishing import Publisher

    with needed("What waits for the bus", "records"):
        import_module("aiosqlite")
    spool = settings.home / "spool.db"
    return Publisher(stores.bus(settings), partial(stores.local_bus, spool), left=spool.exists())


def own_recorder() -> Recorder:
    """What records the calls of this process, written down at its end at the latest: one for as
    long as the settings stay the same."""
    return _own_recorder(environment.load())


@cache
def _own_recorder(settings: Settings) -> Recorder:
    import atexit
    import os

    from aicontext.services.analytics.recorder import Recorder

    made = Recorder(own_sink(settings))
    atexit.register(made.close, _CLOSING)
    if hasattr(os, "register_at_fork"):
        # A child has none of its parent's threads.
        os.register_at_fork(after_in_child=_own_recorder.cache_clear)
    return made


def own_sink(settings: Settings | None = None) -> Publisher | Events:
    """Where this process, which serves no calls, puts its events: onto the bus where there is one,
    else into their store. Raises MissingExtra, InvalidInput."""
    return _own_sink(settings or environment.load())


@cache
def _own_sink(settings: Settings) -> Publisher | Events:
    import os

    if not settings.bus:
        return events(settings)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_own_sink.cache_clear)
    return publisher(settings)


def books(by: By) -> Books:
    """Sums to which events can be added."""
    from aicontext.services.analytics.savings import Books

    return Books(by)


def savings(by: By, since: float, settings: Settings | None = None) -> Savings:
    """What was saved in calls, and by hooks, from `since` on, in seconds since the epoch."""
    from aicontext.services.analytics.births import births
    from aicontext.services.analytics.savings import savings as summed

    kept = events(settings)
    found = summed(kept.since(since), by)
    hooks = births(kept.hooks_since(since), found.sessions)
    return replace(found, lost=kept.lost(since), hooks=hooks)


def of_session(name: str, by: By, since: float) -> tuple[Savings, Sequence[UsageEvent]]:
    """The calls of the session of that name, else of those whose names begin so, oldest first, and
    what was saved in them. since: seconds since the epoch."""
    from aicontext.services.analytics.savings import savings as summed

    found = [e for e in events().since(since) if e.caller.session.startswith(name)]
    exact = [event for event in found if event.caller.session == name]
    return summed(exact or found, by), exact or found


def usage(query: UsageQuery) -> Usage:
    """What was used, and what it cost."""
    from aicontext.services.analytics.accounting.usage import usage as asked

    return asked(events(), query)


def kinds(query: UsageQuery) -> Mapping[Kind, Done]:
    """What was done to blocks, by their kind."""
    from aicontext.services.analytics.accounting.usage import kinds as done

    return done(events(), query)


def charges(query: UsageQuery) -> tuple[Sequence[str], Iterator[dict[str, str]]]:
    """What was used, as charges of FOCUS: its columns, and the rows."""
    from dataclasses import asdict

    from aicontext.domain.analytics.usage import asked_for
    from aicontext.services.analytics.accounting.focus import COLUMNS
    from aicontext.services.analytics.accounting.focus import charges as charged

    called = asked_for(events().since(query.since, query.until), query)
    return COLUMNS, map(asdict, charged(called))


def write_parquet(found: Usage, out: BinaryIO) -> None:
    """Writes the rows of the report. Raises MissingExtra."""
    with needed("Parquet", "parquet"):
        from aicontext.adapters.exports.parquet import write
    write(list(found.records()), found.columns, out, times=(str(found.query.grain),))


def reconcile(since: float, until: float, *, repair: bool) -> Reconciliation:
    """Whether events, sums and the ledger agree, between two times in seconds since the epoch.
    repair: makes sums and ledger anew where they do not."""
    from aicontext.services.analytics.accounting.reconciling import reconcile as compared

    return compared(events(), since, until, repair=repair)


def reprice(since: float, until: float, *, unpriced: bool, keep: bool) -> Repriced:
    """Past calls at the prices that are known now, between two times in seconds since the epoch.
    unpriced: also those that had no price. keep: enters the corrections."""
    from aicontext.services.analytics.accounting.repricing import reprice as repriced

    return repriced(events(), since, until, unpriced=unpriced, keep=keep)


def model(name: str) -> Model:
    """What the catalogue knows about it."""
    from aicontext.engine.estimate.catalogue import model as known

    return known(name)
