"""`aicontext worker` as processes between those that record and those that ask."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from waiting import PATIENCE, until

from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.storage.messages import Message
from aicontext.services.analytics.ingest import GROUP, TOPIC, message
from aicontext.settings import Settings, load
from aicontext.wiring import stores
from aicontext.wiring.usage import events


def event(number: int) -> UsageEvent:
    return UsageEvent(f"{number:05}", 1.0, Caller("codex", f"s{number % 20}"), "openai", "openai",
                      "gpt-5", 200, Outcome.UNCHANGED)  # fmt: skip


def worker(told: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "aicontext", "worker", "--services", "ingest", "--json"]
    process = subprocess.Popen(words, env=os.environ | told, stdout=subprocess.PIPE)
    assert process.stdout
    assert json.loads(process.stdout.readline()) == {"ingest": "usage events"}
    return process


def kept(settings: Settings) -> int:
    return sum(1 for _ in events(settings).since(0))


def test_workers_that_are_killed_and_ended_leave_each_event_kept_once(tmp_path: Path) -> None:
    told = {"AICONTEXT_HOME": str(tmp_path), "AICONTEXT_BUS": "sqlite://"}
    settings = load(told)
    sent = [event(number) for number in range(6000)]

    async def publish() -> None:
        bus = stores.bus(settings)
        await bus.publish([message(one) for one in sent])
        await bus.publish([Message("broken", TOPIC, "", b"{")])
        await bus.close()

    async def dead() -> list[str]:
        bus = stores.bus(settings)
        found = [letter.message.id for letter in await bus.dead(TOPIC, GROUP)]
        await bus.close()
        return found

    asyncio.run(publish())
    first = worker(told)
    until(lambda: kept(settings))
    first.kill()
    first.communicate()
    second = worker(told)
    until(lambda: kept(settings) == len(sent) and asyncio.run(dead()))
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE) == 0
    second.communicate()
    assert [one.id for one in events(settings).since(0)] == [one.id for one in sent]
    assert asyncio.run(dead()) == ["broken"]
