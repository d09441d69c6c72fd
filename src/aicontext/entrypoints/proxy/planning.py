"""Plans made beside the event loop, and not waited for too long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from aicontext.domain.errors import AiContextError
from aicontext.domain.requests import Caller, Outcome
from aicontext.entrypoints.proxy.message.bodies import decoded
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
    """Asks the service for plans. Never raises: what fails or takes too long goes as it came."""

    def __init__(self, service: RequestService, seconds: float, bound: int) -> None:
        self._service = service
        self._seconds = seconds
        self._bound = bound
        self._threads = ThreadPoolExecutor(_THREADS, "aicontext-plan")
        self._under_way = 0

    async def plan(self, body: bytes, coding: str, caller: Caller, now: float) -> Planned:
        """The plan for a body as it came, in that Content-Encoding."""
        if self._under_way >= _WAITING:
            return self.given_up(body, "too many plans were under way")
        self._under_way += 1
        loop = asyncio.get_running_loop()
        task = loop.run_in_executor(self._threads, self._plan, body, coding, caller, now)
        task.add_done_callback(self._over)
        deadline = self._seconds * max(1.0, len(body) / _MIB)
        done, _ = await asyncio.wait((task,), timeout=deadline)
        if not done:
            return self.given_up(body, f"the plan took over {deadline:.1f} s")
        return task.result()

    def given_up(self, body: bytes, why: str) -> Planned:
        """The request as it came."""
        plain = Forwarding(body, Outcome.PASSED, why)
        return Planned(safely(lambda: self._service.given_up(body, why), plain), body)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _over(self, task: asyncio.Future[Planned]) -> None:
        self._under_way -= 1
        if not task.cancelled():
            task.exception()

    def _plan(self, body: bytes, coding: str, caller: Caller, now: float) -> Planned:
        """In a thread: nothing here may touch the event loop."""
        try:
            plain = decoded(body, coding, self._bound)
            made = self._service.plan(plain, caller, now)
        except AiContextError as error:
            return self.given_up(body, str(error))
        except Exception as error:  # noqa: BLE001 - no request fails because of a plan
            LOG.warning("A plan failed: %s", type(error).__name__)
            return self.given_up(body, f"the plan failed: {type(error).__name__}")
        if made.body == plain:
            return Planned(made, body)
        return Planned(made, made.body, plain=True)


def safely(action: Callable[[], Result], otherwise: Result) -> Result:
    """The action's result; `otherwise` where it raised, for no request may fail by our accounts."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - the edge that keeps requests alive
        LOG.warning("An account failed: %s", type(error).__name__)
        return otherwise
