"""Where events of programs go that serve no calls."""

import asyncio
import json
from pathlib import Path

import pytest

from aicontext import settings as environment
from aicontext.services.analytics.ingest import GROUP, TOPIC, Ingest
from aicontext.services.messaging.consuming import round_
from aicontext.wiring import hooks, stores, usage


@pytest.mark.parametrize("bus", ["", "sqlite://"])
def test_a_hook_s_event_goes_over_the_bus_where_there_is_one(tmp_path: Path, bus: str) -> None:
    chosen = environment.load({"AICONTEXT_HOME": str(tmp_path), "AICONTEXT_BUS": bus}, {})
    said = json.dumps({"session_id": "s", "message": "done"}).encode()
    hooks.answered("claude-code", "Notification", said, chosen)
    kept = usage.events(chosen)
    assert len(list(kept.hooks_since(0))) == (0 if bus else 1)

    async def go() -> None:
        way = stores.bus(chosen)
        async with way.consumer(TOPIC, GROUP) as consumer:
            while await way.waiting(TOPIC, GROUP):
                await round_(consumer, Ingest(kept).handle, 0.1)
        await way.close()

    asyncio.run(go())
    (event,) = kept.hooks_since(0)
    assert (event.caller.tool, event.caller.session) == ("claude-code", "s")
    if bus:
        usage.own_sink(chosen).close()
