"""What the page on faults says of clocks that jump."""

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from tenants import organisation

from aicontext import settings as environment
from aicontext.adapters.webhooks.sqlite import SqliteWebhooks
from aicontext.domain.analytics.usage import Dimension, Grain, UsageQuery
from aicontext.domain.events import UsageEvent
from aicontext.domain.extension.webhooks import Endpoint, Message
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.storage.records import Organisation
from aicontext.kit.clock import Clock
from aicontext.kit.ids import time_ordered
from aicontext.services.analytics.accounting.reconciling import reconcile
from aicontext.services.analytics.ingest import AHEAD, Ingest, message
from aicontext.services.integrations.webhooks.service import LEASE
from aicontext.wiring import stores, usage

NOW, DAY = 1_795_003_200.0, 86_400.0


@dataclass
class Hands:
    """Of a clock that is put forward and back."""

    time: float = NOW

    def read(self) -> float:
        return self.time


def call(at: float) -> UsageEvent:
    return UsageEvent(
        time_ordered(at), at, Caller("codex"), "p", "u", "m", 200, Outcome.UNCHANGED, sent_tokens=1
    )


def test_events(tmp_path: Path) -> None:
    """A clock that jumps a day back and forth while calls come in."""
    kept = usage.events(environment.load({"AICONTEXT_HOME": str(tmp_path)}, {}))
    jumps = [call(NOW + n - DAY * (n % 3)) for n in range(300)]
    for first in range(0, 300, 50):
        kept.append(jumps[first : first + 50])
    by_day = UsageQuery(by=(Dimension.TOOL,), grain=Grain.DAY)
    assert [row.sums.calls for row in kept.usage(by_day)] == [100, 100, 100]
    assert [one.at for one in kept.since(0)] == sorted(one.at for one in jumps)
    assert reconcile(kept).agrees


def test_future(tmp_path: Path) -> None:
    kept = usage.events(environment.load({"AICONTEXT_HOME": str(tmp_path)}, {}))
    hands = Hands()
    ingest = Ingest(kept, Clock(hands.read))
    soon, late = call(NOW + AHEAD - 1), call(NOW + AHEAD + 1)
    dead = asyncio.run(ingest.handle([message(soon), message(late)]))
    assert list(dead) == [late.id]
    assert [one.id for one in kept.since(0)] == [soon.id]
    hands.time += 2  # What was given up can be tried again then.
    assert asyncio.run(ingest.handle([message(late)])) == {}


def test_records(tmp_path: Path) -> None:
    """Ids go back with the clock: unique still, and all are found."""
    chosen = environment.load({"AICONTEXT_HOME": str(tmp_path)}, {})

    async def test() -> None:
        records = stores.records(chosen)
        await records.migrate()
        ids = [time_ordered(NOW - 60.0 * n) for n in range(20)]
        made = [replace(organisation(), id=own, organisation=own) for own in ids]
        for one in made:
            async with records.transaction(None) as transaction:
                await transaction.add(one)
        async with records.transaction(None, reading=True) as transaction:
            found = [one.id for one in await transaction.find(Organisation)]
        assert [own for own in found if own in ids] == sorted(ids)
        await records.close()

    asyncio.run(test())


def test_webhooks(tmp_path: Path) -> None:
    """Neither who died while it handled one nor a clock that was years ahead holds one up."""
    inbox = outbox = SqliteWebhooks(tmp_path / "webhooks.db")
    outbox.keep(Endpoint("a", "https://a.example", ()))
    outbox.put(Message("m", "told", NOW + 1000 * DAY, b"{}"), ("a",))
    assert outbox.take(NOW, LEASE, DAY)
    assert not outbox.take(NOW, LEASE, DAY)
    assert outbox.take(NOW - 2 * DAY, LEASE, DAY)
    assert inbox.claim("s", "1", NOW, LEASE).name == "OURS"
    assert inbox.claim("s", "1", NOW + 1, LEASE).name == "BUSY"
    assert inbox.claim("s", "1", NOW - DAY, LEASE).name == "OURS"
