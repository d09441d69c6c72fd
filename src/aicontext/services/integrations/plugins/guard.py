"""Code of others, bounded: it cannot take long, pile up, or fail for anyone but itself."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeVar, cast

from aicontext.domain.errors import AiContextError, Unavailable
from aicontext.kit.breaker import Breaker
from aicontext.kit.clock import CLOCK, Clock

AT_ONCE = 4
"""Calls of one tool's code under way at a time, those given up included: they cannot be ended."""

Result = TypeVar("Result")


class Guard:
    """Around the code of one tool.

    patience: seconds that a call may take. why: what it failed with last, empty once it works.
    """

    def __init__(self, name: str, patience: float, clock: Clock = CLOCK) -> None:
        self.why = ""
        self._name, self._patience, self._clock = name, patience, clock
        self._breaker = Breaker(cooldown=30.0)
        self._lock = Lock()
        self._under_way = 0

    def run(self, work: Callable[[], Result]) -> Result:
        """Raises Unavailable where the code fails, is too slow, or did so again and again a moment
        ago; AiContextError where it raises one on purpose."""
        self._admit()
        answers: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()
        Thread(target=self._work, args=(work, answers), name=self._name, daemon=True).start()
        try:
            result, error = answers.get(timeout=self._patience)
        except Empty:
            raise self._failed(f"took over {self._patience:g} s") from None
        if error is None or isinstance(error, AiContextError):
            self._works()
            if error:
                raise error
            return cast(Result, result)
        raise self._failed(f"failed: {type(error).__name__}: {str(error)[:200]}") from error

    def _admit(self) -> None:
        with self._lock:
            if self._under_way >= AT_ONCE:
                raise Unavailable(
                    f"The plugin {self._name!r} has {AT_ONCE} calls under way.", hint="Try later."
                )
            if not self._breaker.allows(self._clock.tick()):
                raise Unavailable(
                    f"The plugin {self._name!r} is left alone for a while: it {self.why}.",
                    hint="Mend or remove it.",
                )
            self._under_way += 1

    def _work(
        self,
        work: Callable[[], Result],
        answers: SimpleQueue[tuple[Result | None, BaseException | None]],
    ) -> None:
        try:
            answers.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            answers.put((None, error))
        finally:
            with self._lock:
                self._under_way -= 1

    def _works(self) -> None:
        with self._lock:
            self.why = ""
            self._breaker.succeeded()

    def _failed(self, why: str) -> Unavailable:
        with self._lock:
            self.why = why
            self._breaker.failed(self._clock.tick())
        return Unavailable(f"The plugin {self._name!r} {why}.", hint="Mend or remove it.")
