"""Messages that are due, on their way out: tried again for days, then given up, never lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from aicontext.domain.errors import AiContextError
from aicontext.domain.extension.webhooks import Delivery, Endpoint, State
from aicontext.kit.breaker import Breaker
from aicontext.kit.clock import CLOCK, Clock
from aicontext.ports.webhooks import Answer, Outbox, Post
from aicontext.services.integrations.webhooks.service import LEASE
from aicontext.services.integrations.webhooks.signing import signed

MINUTE, HOUR = 60.0, 3600.0
WAITS = (
    5.0,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""Seconds after each failed attempt, before jitter, as Standard Webhooks advises: three days."""

JITTER = 0.2
"""Share of a wait by which it is longer or shorter, by chance."""

LONGEST_WAIT = 24 * HOUR
KEPT = 7 * 24 * HOUR
"""Seconds for which what was delivered and what came in is remembered."""

COOLDOWN = 60.0
"""Seconds for which an endpoint is left alone that failed three times in a row."""

_GONE = 410


class Courier:
    """Delivers what is due; several may at once, in one process or many.

    chance: a number in [0, 1), another one each time.
    """

    def __init__(
        self, outbox: Outbox, post: Post, chance: Callable[[], float], clock: Clock = CLOCK
    ) -> None:
        self._outbox, self._post, self._chance, self._clock = outbox, post, chance, clock
        self._breakers: dict[str, Breaker] = {}
        self._lock = Lock()

    def deliver(self) -> Delivery | None:
        """The next one that is due, tried once, and what became of it; None where none is due.

        Raises Unavailable where the outbox cannot be used.
        """
        now = self._clock.now()
        if (taken := self._outbox.take(now, LEASE, LONGEST_WAIT * (1 + JITTER))) is None:
            return None
        delivery, endpoint = taken
        if endpoint.disabled:
            done = replace(delivery, state=State.DEAD, why=endpoint.disabled)
        elif not self._allows(endpoint.name, now):
            wait = COOLDOWN * (1 + self._chance())
            done = replace(delivery, due=now + wait, why="the endpoint fails, and is left alone")
        else:
            done = self._tried(delivery, endpoint)
        self._outbox.settle(done)
        return done

    def purge(self) -> None:
        self._outbox.purge(self._clock.now() - KEPT)

    def _tried(self, delivery: Delivery, endpoint: Endpoint) -> Delivery:
        message, attempts = delivery.message, delivery.attempts + 1
        headers = {"content-type": "application/json", "user-agent": "aicontext"} | signed(
            endpoint.secrets, message.id, int(self._clock.now()), message.body
        )
        try:
            answer = self._post.send(endpoint.url, headers, message.body)
            why = "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
        except AiContextError as error:
            answer, why = Answer(0), error.message.rstrip(".")
        now = self._clock.now()
        tried = replace(delivery, attempts=attempts, status=answer.status, why=why)
        with self._lock:
            breaker = self._breakers[endpoint.name]
            breaker.failed(now) if why else breaker.succeeded()
        if not why:
            return replace(tried, state=State.DELIVERED)
        if answer.status == _GONE:
            self._outbox.keep(replace(endpoint, disabled="the endpoint said that it is gone"))
            return replace(tried, state=State.DEAD)
        if attempts > len(WAITS):
            return replace(tried, state=State.DEAD)
        wait = WAITS[attempts - 1] * (1 + JITTER * (2 * self._chance() - 1))
        return replace(tried, due=now + max(wait, min(answer.wait, LONGEST_WAIT)))

    def _allows(self, name: str, now: float) -> bool:
        with self._lock:
            return self._breakers.setdefault(name, Breaker(cooldown=COOLDOWN)).allows(now)
