"""What stands before the work of a request, in CPU: authentication, limits, idempotency, budgets.

    python benchmarks/api/gate.py [--rounds 7]

In one process, with stores in files as they are by default: each figure is the process's CPU
(user and system, of all threads) for a call, the least of several rounds of 200 calls. The request
passes all layers with a key, three limits and an Idempotency-Key of its own; `layers` is the same
without the key, limits and Idempotency-Key, so that the difference is theirs.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import uvloop
from starlette.responses import Response

from aicontext import settings as environment
from aicontext.adapters.budgets.sql import SqlBudgets
from aicontext.domain.storage.records import Level, Period, Unit
from aicontext.domain.tenancy.access import Question, Resource
from aicontext.domain.tenancy.budgets import Amounts, Terms
from aicontext.entrypoints.api.access import Guarded
from aicontext.entrypoints.api.app import layered
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.parts import Options
from aicontext.services.enterprise.identity.keys import Wanted
from aicontext.wiring.platform import api, limits

CALLS = 200
LIMITS = "organisation=100000000/60,user=100000000/60,key=100000000/60"
BODY = b'{"name": "A team", "slug": "a-team"}'


async def least(work: Callable[[], Awaitable[Any]], rounds: int) -> float:
    """Milliseconds of CPU."""
    best = float("inf")
    for _ in range(rounds + 1):
        began = time.process_time()
        for _ in range(CALLS):
            await work()
        best = min(best, (time.process_time() - began) / CALLS)
    return round(best * 1000, 3)


def asking(app: Any, headers: list[tuple[bytes, bytes]], *, once: bool) -> Any:
    """Sends the request through the app; once: with an idempotency key of its own."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 201) == 201, message

    async def ask() -> None:
        own = [(b"idempotency-key", uuid4().hex.encode())] if once else []
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/v1/enterprise/teams",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), *headers, *own],
            "client": ("127.0.0.1", 5000),
            "extensions": {},
        }
        await app(scope, receive, send)

    return ask


async def gate(parts: Any, rounds: int) -> dict[str, float]:
    local = await parts.authentication.authenticate("", "127.0.0.1")
    secret = (await parts.keys.create(local, Wanted(name="benchmark"))).secret
    guard = Guarded("teams.write", "team")

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        await guard.admit(scope, parts)
        await Response(b"{}", 201)(scope, receive, send)

    async def free(scope: Any, receive: Any, send: Any) -> None:
        Call.of(scope)
        await Response(b"{}", 201)(scope, receive, send)

    key = [(b"authorization", f"Bearer {secret}".encode())]
    within = {
        name: layered(app, parts, Options()) for name, app in (("open", free), ("guarded", guarded))
    }
    found = {
        "layers": await least(asking(within["open"], [], once=False), rounds),
        "auth_limits": await least(asking(within["guarded"], key, once=False), rounds),
        "auth_limits_once": await least(asking(within["guarded"], key, once=True), rounds),
    }
    found["auth_limits_idempotency"] = round(found["auth_limits_once"] - found["layers"], 3)
    question = Question(
        principal=local,
        scope="teams.write",
        resource=Resource(kind="team", organisation=local.organisation),
        at=parts.clock.utc(),
        address="127.0.0.1",
    )

    async def decided() -> None:
        parts.policy.decide(question)

    return found | {"policy": await least(decided, rounds)}


async def spent(parts: Any, settings: Any, rounds: int) -> dict[str, float]:
    """A call held to one hard budget, and booked."""
    service = await limits.budget_service(settings)
    payer = limits.local_payer()
    terms = Terms(Unit.TOKENS, Period.MONTH, 10**15)
    await service.set(payer.organisation, Level.USER, payer.user, terms)
    budgets = SqlBudgets(parts.records)

    async def call() -> None:
        name = uuid4().hex
        await budgets.reserve(payer, name, Amounts(1000), 120.0)
        await budgets.settle(payer.organisation, name, Amounts(900))

    found = {"reserve_and_settle": await least(call, rounds)}
    await service.close()
    return found


async def main(rounds: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="aicontext-") as home:
        os.environ |= {"AICONTEXT_HOME": home, "AICONTEXT_RATE_LIMITS": LIMITS}
        settings = environment.load()
        parts = api.parts(settings)
        await parts.start()
        found = await gate(parts, rounds) | await spent(parts, settings, rounds)
        await parts.stop()
        return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    print(json.dumps(uvloop.run(main(parser.parse_args().rounds)), indent=1))
