"""Plans made beside the event loop, and not waited for too long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TypeVar

from aicontext.domain.errors import AiContextError
from aicontext.domain.requests import Caller, Outcome
from aicontext.entrypoints.proxy.message.bodies import decoded
from aicontext.kit.clock import Clock
from aicontext.services.context.requests import Forwarding, RequestService

LOG = logging.getLogger(__name__)
Result = TypeVar("Result")

_THREADS = 2
_WAITING = 64
"""Plans under way or waiting for a thread; with more, requests go out as they came."""

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Planned:
    """body: what goes out. plain: it is not in the Content-Encoding that it came in any more."""

    forwarding: Forwarding
    body: bytes
    plain: bool = False


class Planner:
    """Asks the service for plans, and tells it which go out. Never raises: what fails or takes too
    long goes as it came. What the service does takes time, so none of it is done on the event loop.
    """

    def __init__(self, service: RequestService, clock: Clock, seconds: float, bound: int) -> None:
        self._service = service
        self._clock = clock
        self._seconds = seconds
        self._bound = bound
        self._threads = ThreadPoolExecutor(_THREADS, "aicontext-plan")
        self._aside = ThreadPoolExecutor(1, "aicontext-given-up")
        self._under_way = 0

    async def plan(
        self,
        body: bytes,
        coding: str,
        caller: Caller,
        now: float,
        *,
        asked: str = "",
        sent: bool = True,
    ) -> Planned:
        """The plan for a body as it came, in that Content-Encoding; noted as `sent` unless told
        not to, for it goes out next. asked: the model that the address names."""
        if self._under_way >= _WAITING:
            return await self.given_up(body, "too many plans were under way", sent=sent)
        claim = Lock()
        work = partial(self._plan, body, coding, caller, now, asked=asked)
        task = self._started(self._threads, partial(self._claimed, work, claim, sent))
        self._under_way += 1
        task.add_done_callback(self._over)
        deadline = self._seconds * max(1.0, len(body) / _MIB)
        if await _abandoned(task, claim, deadline):
            return await self.given_up(body, f"the plan took over {deadline:.1f} s", sent=sent)
        return await task or Planned(Forwarding(body, Outcome.PASSED, "the plan was lost"), body)

    async def given_up(self, body: bytes, why: str, *, sent: bool = True) -> Planned:
        """The request as it came."""
        claim = Lock()
        work = partial(self._given_up, body, why)
        task = self._started(self._aside, partial(self._claimed, work, claim, sent))
        if await _abandoned(task, claim, self._seconds / 4):
            return Planned(Forwarding(body, Outcome.PASSED, why), body)
        return await task or Planned(Forwarding(body, Outcome.PASSED, why), body)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._aside.shutdown(wait=False, cancel_futures=True)

    def _over(self, task: asyncio.Future[Planned | None]) -> None:
        self._under_way -= 1

    def _started(
        self, threads: ThreadPoolExecutor, work: Callable[[], Planned | None]
    ) -> asyncio.Future[Planned | None]:
        return asyncio.get_running_loop().run_in_executor(threads, work)

    def _claimed(self, work: Callable[[], Planned], claim: Lock, sent: bool) -> Planned | None:
        """In a thread: what was worked out, noted as sent; None where nobody waits for it any more.

        Whoever takes the claim decides: this thread, that it goes out, or the one that waits, that
        it does not.
        """
        made = work()
        if not claim.acquire(blocking=False):
            return None
        if sent:
            safely(lambda: self._service.sent(made.forwarding, self._clock.now()), None)
        return made

    def _plan(self, body: bytes, coding: str, caller: Caller, now: float, *, asked: str) -> Planned:
        try:
            plain = decoded(body, coding, self._bound)
            made = self._service.plan(plain, caller, now, asked)
        except AiContextError as error:
            return self._given_up(body, str(error))
        except Exception as error:  # noqa: BLE001 - no request fails because of a plan
            LOG.warning("A plan failed: %s", type(error).__name__)
            return self._given_up(body, f"the plan failed: {type(error).__name__}")
        if made.body == plain:
            return Planned(made, body)
        return Planned(made, made.body, plain=True)

    def _given_up(self, body: bytes, why: str) -> Planned:
        plain = Forwarding(body, Outcome.PASSED, why)
        return Planned(safely(lambda: self._service.given_up(body, why), plain), body)


async def _abandoned(task: asyncio.Future[Planned | None], claim: Lock, seconds: float) -> bool:
    """Whether the task is not waited for any longer, and will not be noted as sent."""
    try:
        done, _ = await asyncio.wait((task,), timeout=seconds)
    except asyncio.CancelledError:
        claim.acquire(blocking=False)
        raise
    return not done and claim.acquire(blocking=False)


def safely(action: Callable[[], Result], otherwise: Result) -> Result:
    """The action's result; `otherwise` where it raised, for no request may fail by our accounts."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - the edge that keeps requests alive
        LOG.warning("An account failed: %s", type(error).__name__)
        return otherwise
