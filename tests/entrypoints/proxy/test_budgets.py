"""Budgets of the proxy's user: held before a call goes out, booked as the provider bills it."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any, ClassVar

import pytest

from aicontext.domain.storage.records import Level, Period, Unit
from aicontext.domain.tenancy.budgets import Standing, Terms
from aicontext.entrypoints.proxy.budgets import ProxyBudgets
from aicontext.services.context.requests import Forwarding, RequestService
from aicontext.settings import Settings
from aicontext.wiring.platform import limits

PRICED = "claude-sonnet-4-5"
HOST = ("Host: 127.0.0.1",)
ENOUGH = 10**6


def answered(given: int, made: int) -> bytes:
    usage = {"input_tokens": given, "output_tokens": made}
    return http(200, json.dumps({"type": "message", "usage": usage}).encode())


def http(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def asked(max_tokens: int = 100, model: str = PRICED) -> bytes:
    messages = [{"role": "user", "content": "Hi"}]
    return json.dumps({"model": model, "max_tokens": max_tokens, "messages": messages}).encode()


async def put(home: Path, amount: int, unit: Unit = Unit.TOKENS, *, hard: bool = True) -> None:
    service = await limits.budget_service(Settings(home))
    terms = Terms(unit, Period.TOTAL, amount, hard=hard)
    await service.set(
        limits.local_payer().organisation, Level.USER, limits.local_payer().user, terms
    )
    await service.close()


async def standing(home: Path) -> Standing:
    service = await limits.budget_service(Settings(home))
    (found,) = await service.standing(limits.local_payer().organisation)
    await service.close()
    return found


async def booked(home: Path) -> int:
    """What is spent once nothing is held."""
    while True:
        found = await standing(home)
        if not found.held:
            return found.spent
        await asyncio.sleep(0.02)


def held_to(home: Path) -> ProxyBudgets:
    """The budgets that are set there."""
    return ProxyBudgets(limits.spending(Settings(home)), limits.local_payer())


@pytest.fixture
def budgeted(make_stage, tmp_path: Path):
    return make_stage(budgets=held_to(tmp_path))


def test_without_a_budget_no_store_is_opened(budgeted, tmp_path: Path) -> None:
    async def scenario(world) -> None:
        assert b" 200 " in await world.send(world.post("/v1/messages", asked()))

    budgeted.play(scenario, answered(10, 5))
    assert list(tmp_path.iterdir()) == []


def test_what_the_provider_bills_is_booked(budgeted, tmp_path: Path) -> None:
    async def scenario(world) -> None:
        await put(tmp_path, ENOUGH, Unit.MONEY)
        assert b" 200 " in await world.send(world.post("/v1/messages", asked()))
        event = await world.event()
        assert event.cost
        assert await booked(tmp_path) == round(event.cost * 1e8)

    budgeted.play(scenario, answered(1000, 50))


@pytest.mark.parametrize(
    ("target", "header", "error"),
    [
        ("/v1/messages", "anthropic-version: 1", ("error", "type", "billing_error")),
        ("/v1/chat/completions", "X: y", ("error", "code", "over_budget")),
        ("/v1beta/models/gemini-2.5-pro:generateContent", "X: y", ("error", "code", 402)),
    ],
)
def test_what_a_hard_budget_may_not_hold_does_not_go_out(
    budgeted, tmp_path: Path, target: str, header: str, error: tuple[str, str, Any]
) -> None:
    async def scenario(world) -> None:
        await put(tmp_path, 1000)
        answer = await world.send(world.post(target, asked(5000), header))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b" 402 " in head.splitlines()[0]
        found = json.loads(body)
        assert found[error[0]][error[1]] == error[2]
        assert "total budget of the user (1,000 tokens)" in found["error"]["message"]
        assert "aicontext budget list" in found["error"]["message"]
        assert world.upstream.seen == []
        event = await world.event()
        assert (event.outcome, event.direct_tokens, event.sent_tokens) == ("refused", 0, 0)
        assert event.why == "no room in a budget: see aicontext budget list"
        assert (await standing(tmp_path)).held == 0

    budgeted.play(scenario)


def test_a_refused_call_is_not_taken_for_one_that_was_sent(make_stage, tmp_path: Path) -> None:
    """The provider's cache holds nothing of it."""

    class Noting(RequestService):
        noted: ClassVar[list[bytes]] = []

        def sent(self, forwarding: Forwarding, now: float) -> None:
            self.noted.append(forwarding.body)
            super().sent(forwarding, now)

    async def scenario(world) -> None:
        await put(tmp_path, 5000)
        assert b" 402 " in await world.send(world.post("/v1/messages", asked(9000)))
        assert b" 200 " in await world.send(world.post("/v1/messages", asked(100)))
        assert Noting.noted == [asked(100)]

    stage = make_stage(budgets=held_to(tmp_path), service=Noting)
    stage.play(scenario, answered(10, 5))


def test_of_many_calls_at_once_no_more_go_out_than_the_budget_holds(
    budgeted, tmp_path: Path
) -> None:
    full = asyncio.Event()

    async def scenario(world) -> None:
        await put(tmp_path, 5 * 1200)
        request = world.post("/v1/messages", asked(100))
        calls = [asyncio.create_task(world.send(request)) for _ in range(20)]
        await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)  # One that was refused.
        full.set()
        answers = await asyncio.gather(*calls)
        passed = sum(b" 200 " in one.splitlines()[0] for one in answers)
        assert passed == len(world.upstream.seen)
        assert 1 <= passed < 20
        assert await booked(tmp_path) == 1000 * passed <= 5 * 1200

    async def slow(seen, writer) -> None:
        await full.wait()
        writer.write(answered(900, 100))

    budgeted.play(scenario, slow)


def test_a_soft_budget_only_warns(
    budgeted, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(world) -> None:
        await put(tmp_path, 1000, hard=False)
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert b" 200 " in await world.send(world.post("/v1/messages", asked(5000)))
            assert await booked(tmp_path) == 2700

    budgeted.play(scenario, answered(850, 50))
    said = [one.getMessage() for one in caplog.records if "spent" in one.getMessage()]
    assert [one[:4] for one in said] == ["90 %", "180 "]


def test_nothing_is_booked_where_the_provider_did_nothing(budgeted, tmp_path: Path) -> None:
    async def scenario(world) -> None:
        await put(tmp_path, ENOUGH)
        assert b" 500 " in await world.send(world.post("/v1/messages", asked()))
        assert await booked(tmp_path) == 0
        await world.upstream.stop()

    budgeted.play(scenario, http(500, b"{}"))


def test_all_that_was_held_is_booked_where_the_provider_does_not_tell(
    budgeted, tmp_path: Path
) -> None:
    async def scenario(world) -> None:
        await put(tmp_path, ENOUGH)
        assert b" 200 " in await world.send(world.post("/v1/messages", asked(700)))
        assert await booked(tmp_path) > 700

    budgeted.play(scenario, http(200, b"{}"))


@pytest.mark.parametrize("hard", [True, False])
def test_where_they_cannot_be_read_calls_are_refused_only_if_a_hard_one_was_set(
    budgeted, tmp_path: Path, hard: bool
) -> None:
    asyncio.run(put(tmp_path, ENOUGH, hard=hard))
    for path in tmp_path.glob("records.db*"):
        path.write_bytes(b"no database" * 100)

    async def scenario(world) -> None:
        answer = await world.send(world.post("/v1/messages", asked(), "anthropic-version: 1"))
        if not hard:
            assert b" 200 " in answer.splitlines()[0]
            return
        assert b" 503 " in answer.splitlines()[0]
        assert b"Budgets cannot be read" in answer
        assert b"restore a backup" in answer
        assert world.upstream.seen == []
        assert (await world.event()).outcome == "refused"

    budgeted.play(scenario)


def test_a_store_that_fails_later_stops_calls_that_only_a_hard_budget_holds(
    make_stage, tmp_path: Path
) -> None:
    for hard in (True, False):
        home = tmp_path / str(hard)

        async def scenario(world, home: Path = home, hard: bool = hard) -> None:
            await put(home, ENOUGH, hard=hard)
            assert b" 200 " in await world.send(world.post("/v1/messages", asked()))
            assert await booked(home) == 15
            for path in home.iterdir():  # noqa: ASYNC240 - the test owns the loop
                path.write_bytes(b"gone" * 4096)
            answer = await world.send(world.post("/v1/messages", asked()))
            assert (b" 503 " if hard else b" 200 ") in answer.splitlines()[0]

        stage = make_stage(budgets=held_to(home))
        stage.play(scenario, answered(10, 5))


def test_without_a_price_only_a_budget_in_tokens_holds(make_stage, tmp_path: Path) -> None:
    async def scenario(world) -> None:
        await put(tmp_path, ENOUGH, Unit.MONEY)
        body = asked(model="nobody-knows-it")
        # What runs on this machine costs nothing; elsewhere it cannot be held.
        assert b" 200 " in await world.send(world.post("/v1/messages", body))
        far = await world.send(world.post("/to/far/v1/messages", body))
        assert b" 402 " in far.splitlines()[0]
        assert b"budget in tokens" in far

    budgets = held_to(tmp_path)
    stage = make_stage(budgets=budgets, named={"far": "http://192.0.2.1"})
    stage.play(scenario, answered(10, 5))
