"""Messages out and in over a real outbox, with a clock that the tests turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from aicontext.adapters.webhooks.sqlite import SqliteWebhooks
from aicontext.domain.errors import (
    Conflict,
    InputTooLarge,
    InvalidInput,
    NotFound,
    Refused,
    Unavailable,
)
from aicontext.domain.extension.plugins import Callback
from aicontext.domain.extension.webhooks import Delivery, State
from aicontext.kit.clock import Clock
from aicontext.ports.webhooks import Answer
from aicontext.services.integrations.webhooks import signing
from aicontext.services.integrations.webhooks.delivery import COOLDOWN, WAITS, Courier
from aicontext.services.integrations.webhooks.service import LEASE, LONGEST, WebhookService

DAY = 86_400.0


@dataclass
class World:
    """Time, what the network answers, and what arrived there."""

    path: Path
    now: float = 1_800_000_000.0
    answers: list[int | Answer] = field(default_factory=list)
    sent: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    heard: list[Callback] = field(default_factory=list)
    failing: bool = False

    def __post_init__(self) -> None:
        clock, kept, ids = Clock(lambda: self.now), SqliteWebhooks(self.path), count()
        self.service = WebhookService(
            kept,
            kept,
            check=lambda url: None,
            handle=self.handle,
            new_id=lambda now: f"{next(ids)}",
            random=lambda size: b"r" * size,
            clock=clock,
        )
        self.courier = Courier(kept, self, lambda: 0.5, clock)

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        self.sent.append((url, headers, body))
        answer = self.answers.pop(0) if self.answers else 200
        if answer == 0:
            raise Unavailable("nobody is there")
        return answer if isinstance(answer, Answer) else Answer(answer)

    def handle(self, sender: str, callback: Callback) -> Mapping[str, Any]:
        if self.failing:
            raise Unavailable("later")
        self.heard.append(callback)
        return {"sender": sender}

    def signed(
        self, secret: str, id_: str, body: bytes = b'{"type":"t"}'
    ) -> tuple[dict[str, str], bytes]:
        return signing.signed((secret,), id_, int(self.now), body), body

    def deliver(self) -> list[Delivery]:
        return list(iter(self.courier.deliver, None))  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "webhooks.db")


def test_a_message_is_told_once_to_each_endpoint(world: World) -> None:
    keys = {name: world.service.add(name, f"https://{name}.example") for name in ("a", "b")}
    sent = world.service.send("run.done", {"n": 1})
    assert [one.state for one in world.deliver()] == [State.DELIVERED] * 2
    assert {url for url, _, _ in world.sent} == {"https://a.example", "https://b.example"}
    for url, headers, body in world.sent:
        secret = keys[url[8]]
        assert signing.verified((secret,), headers, body, world.now)[0] == sent
        assert body == (
            b'{"type":"run.done","timestamp":"2027-01-15T08:00:00.000+00:00","data":{"n":1}}'
        )
    assert world.deliver() == []


def test_what_fails_is_tried_for_days_and_then_given_up(world: World) -> None:
    world.service.add("a", "https://a.example")
    world.service.send("run.done", {})
    world.answers = [500, 0, 302, 429, 404, 503, 500, 500, 500, 500]
    start, tried = world.now, []
    while (found := world.deliver()) or not tried:
        tried += [(one.attempts, one.status) for one in found]
        if found[-1].state is State.DEAD:
            break
        assert found[-1].due > world.now
        world.now = found[-1].due
    numbers = [attempts for attempts, _ in tried]
    assert list(dict.fromkeys(numbers)) == list(range(1, len(WAITS) + 2))
    assert 3 * DAY < world.now - start < 4 * DAY
    assert len(world.sent) == len(WAITS) + 1
    (dead,) = world.service.deliveries(State.DEAD)
    assert (dead.status, dead.why) == (500, "it answered 500")
    world.now += COOLDOWN
    assert world.service.replay() == 1
    assert [one.state for one in world.deliver()] == [State.DELIVERED]
    assert world.service.replay(dead.message.id) == 1
    assert world.service.replay("msg_none") == 0


def test_the_receiver_may_ask_for_time_but_not_for_ever(world: World) -> None:
    world.service.add("a", "https://a.example")
    world.service.send("run.done", {})
    world.answers = [Answer(429, 900.0), Answer(503, 1e9)]
    (found,) = world.deliver()
    assert found.due == world.now + 900
    world.now = found.due
    (found,) = world.deliver()
    assert found.due == world.now + DAY


def test_an_endpoint_that_fails_is_left_alone_and_others_are_not(world: World) -> None:
    for name in ("bad", "good"):
        world.service.add(name, f"https://{name}.example")
    for n in range(6):
        world.service.send("run.done", {"n": n}, only="bad")
    world.answers = [500] * 6
    found = world.deliver()
    assert [one.attempts for one in found] == [1, 1, 1, 0, 0, 0]
    assert all(COOLDOWN <= one.due - world.now <= 2 * COOLDOWN for one in found[3:])
    world.answers.clear()
    world.service.send("run.done", {}, only="good")
    assert [one.state for one in world.deliver()] == [State.DELIVERED]
    world.now += DAY
    assert {one.state for one in world.deliver()} == {State.DELIVERED}


def test_an_endpoint_that_is_gone_gets_nothing_more(world: World) -> None:
    world.service.add("a", "https://a.example")
    world.service.send("one", {})
    world.service.send("two", {})
    world.answers = [410]
    assert [one.state for one in world.deliver()] == [State.DEAD] * 2
    assert len(world.sent) == 1
    world.service.send("three", {})
    assert world.deliver() == []
    world.service.rotate("a")
    assert world.service.replay() == 2
    assert len(world.deliver()) == 2


def test_a_secret_is_replaced_while_both_are_known(world: World) -> None:
    old = world.service.add("a", "https://a.example", asymmetric=True)
    new = world.service.rotate("a")
    world.service.send("run.done", {})
    world.deliver()
    (_, headers, body) = world.sent[0]
    for key in (old, new):
        assert key.startswith("whpk_")
        assert signing.verified((key,), headers, body, world.now)
    assert "whsk_" not in repr(world.service.endpoints())


def test_who_dies_while_sending_leaves_it_to_the_next(world: World) -> None:
    world.service.add("a", "https://a.example")
    world.service.send("run.done", {})
    kept = SqliteWebhooks(world.path)
    assert kept.take(world.now, LEASE, DAY)
    assert world.deliver() == []
    world.now += LEASE
    assert [one.state for one in world.deliver()] == [State.DELIVERED]


def test_what_was_delivered_long_ago_is_forgotten(world: World) -> None:
    world.service.add("a", "https://a.example")
    world.service.send("told", {})
    world.deliver()
    world.answers = [410]
    world.service.send("refused", {})
    world.deliver()
    world.now += 8 * DAY
    world.courier.purge()
    assert [one.message.type for one in world.service.deliveries()] == ["refused"]
    world.service.remove("a")
    assert world.service.deliveries() == []
    with pytest.raises(NotFound):
        world.service.remove("a")


def test_what_comes_in_is_verified_and_handled_once(world: World) -> None:
    secret = world.service.accept("scribe")
    headers, body = world.signed(secret, "msg_1", b'{"type":"run.done","data":{"n":1}}')
    world.failing = True
    with pytest.raises(Unavailable):
        world.service.receive("scribe", headers, body)
    world.failing = False
    assert world.service.receive("scribe", headers, body) == {"sender": "scribe"}
    assert world.service.receive("scribe", headers, body) == {}
    assert World(world.path, now=world.now).service.receive("scribe", headers, body) == {}
    assert [(one.id, one.type, one.data) for one in world.heard] == [
        ("msg_1", "run.done", {"n": 1})
    ]
    with pytest.raises(Refused):
        world.service.receive("scribe", headers | {"webhook-id": "msg_2"}, body)
    with pytest.raises(NotFound):
        world.service.receive("other", headers, body)
    with pytest.raises(InputTooLarge):
        world.service.receive("scribe", headers, b" " * (LONGEST + 1))
    world.service.reject("scribe")
    with pytest.raises(NotFound):
        world.service.receive("scribe", headers, body)


def test_what_is_being_handled_comes_again_later(world: World) -> None:
    secret, kept = world.service.accept("scribe"), SqliteWebhooks(world.path)
    body = b'{"type":"t"}'
    kept.claim("scribe", "msg_1", world.now, LEASE)
    with pytest.raises(Conflict):
        world.service.receive(
            "scribe", signing.signed((secret,), "msg_1", int(world.now), body), body
        )
    world.now += LEASE
    assert world.service.receive(
        "scribe", signing.signed((secret,), "msg_1", int(world.now), body), body
    )


def test_the_secret_before_is_known_until_the_next(world: World) -> None:
    first, second = (signing.new_secret(bytes([n]) * 32) for n in (1, 2))
    world.service.accept("scribe", first)
    world.service.accept("scribe", second)
    body = b'{"type":"t"}'
    for n, secret in enumerate((first, second)):
        world.service.receive(
            "scribe", signing.signed((secret,), f"m{n}", int(world.now), body), body
        )
    world.service.accept("scribe")
    with pytest.raises(Refused):
        world.service.receive("scribe", signing.signed((first,), "m3", int(world.now), body), body)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'"type"', b'{"type": 1}', b"\xff", b"[" * 100_000, b'{"type":"t"']
)
def test_what_is_signed_but_no_message_is_told_so(world: World, body: bytes) -> None:
    secret = world.service.accept("scribe")
    with pytest.raises(InvalidInput):
        world.service.receive("scribe", *world.signed(secret, "msg_1", body))


@pytest.mark.parametrize("data", [{"a": float("nan")}, {"a": object()}, {"a": "x" * LONGEST}])
def test_what_cannot_be_sent_is_told_at_once(world: World, data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        world.service.send("t", data)
