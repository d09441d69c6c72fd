"""What a running process tells those who watch it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from aicontext.domain.analytics.measures import Family, Measured, counter, gauge
from aicontext.wiring.extras import needed

if TYPE_CHECKING:
    from aicontext.adapters.cache.counted import CountedCache
    from aicontext.adapters.limits.fallback import FallbackLimits
    from aicontext.services.analytics.recorder import Recorder
    from aicontext.services.enterprise.budgets.spending import Spending
    from aicontext.settings import Settings

Source = Callable[[], Iterable[Family]]


class Telemetry:
    """The numbers of a process, from all of its parts."""

    def __init__(self) -> None:
        from aicontext.services.analytics.metering import Metering

        self.metering = Metering()
        self._sources: list[Source] = [_build, self.metering.families]

    def answered(self, service: str, route: str, status: int, seconds: float) -> None:
        """Adds an answer of a service."""
        self.metering.answered(service, route, status, seconds)

    def add(self, source: Source) -> None:
        """A part's own numbers, read when they are asked for."""
        self._sources.append(source)

    def families(self) -> Iterator[Family]:
        """All numbers, as they are now."""
        return chain.from_iterable(source() for source in self._sources)

    def exposed(self) -> tuple[str, bytes]:
        """(media type, content) for Prometheus. Raises MissingExtra."""
        with needed("The page of metrics", "metrics"):
            from aicontext.adapters.telemetry.prometheus import PrometheusExposition

        return PrometheusExposition().written(self.families())


def logs(settings: Settings) -> None:
    """Log as the settings say."""
    if settings.log == "json":
        from aicontext.adapters.telemetry.logs import JsonLines

        handler = logging.StreamHandler()
        handler.setFormatter(JsonLines())
        logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def of_recorder(recorder: Recorder) -> Source:
    """The queue of usage events."""

    def families() -> Iterator[Family]:
        state = recorder.state
        yield gauge("events_pending", "Usage events that are not yet kept.", state.pending)
        yield counter("events_kept", "Usage events that are kept durably.", state.committed)
        yield counter("events_lost", "Usage events that could not be kept.", state.lost)

    return families


def of_spending(spending: Spending) -> Source:
    """The budgets."""

    def families() -> Iterator[Family]:
        yield gauge("budget_calls_held", "Calls that budgets hold just now.", spending.held)
        yield counter(
            "budget_refused", "Calls that a hard budget had no room for.", spending.refused
        )
        yield counter(
            "budget_unheld",
            "Calls let through, or not booked, because the budgets' store gave no answer.",
            spending.unheld,
        )

    return families


def of_limits(limits: FallbackLimits) -> Source:
    """The limits that processes share."""

    def families() -> Iterator[Family]:
        yield counter(
            "limits_alone", "Calls that were held to this process's share alone.", limits.alone
        )

    return families


def of_cache(cache: CountedCache) -> Source:
    """What is read again and again."""

    def families() -> Iterator[Family]:
        samples = [(("hit",), float(cache.hits)), (("miss",), float(cache.misses))]
        yield Family("cache", "Reads of the cache.", Measured.COUNTER, samples, ("found",))

    return families


def _build() -> Iterator[Family]:
    from importlib.metadata import version

    named = [((version("ai-context-platform"),), 1.0)]
    yield Family("build_info", "The program.", Measured.GAUGE, named, ("version",))
