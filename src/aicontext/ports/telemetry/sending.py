"""Sending what a process does to those who collect it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Protocol

from aicontext.domain.analytics.measures import Answered, Family
from aicontext.domain.events import UsageEvent


class Sending(Protocol):
    """Takes what is to be sent, and sends it off the path of requests. Never raises; what cannot be
    sent is dropped."""

    def ended(self, event: UsageEvent, parent: str) -> str:
        """Takes a call of a model that ended; the id of its trace. parent: the `traceparent` that
        the caller sent (W3C Trace Context); empty: none."""

    def answered(self, answer: Answered) -> None:
        """Takes a request that a service of ours answered."""

    def observe(self, numbers: Callable[[], Iterable[Family]]) -> None:
        """Report these numbers from time to time; those of names that there are now."""

    @property
    def logs(self) -> logging.Handler:
        """Takes log records."""

    def close(self) -> None:
        """Sends what is left, for some seconds at most."""
