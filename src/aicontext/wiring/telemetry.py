"""What a running process tells those who watch it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from aicontext.domain.analytics.measures import Answered, Family, Measured, counter, gauge
from aicontext.wiring.extras import needed

if TYPE_CHECKING:
    from aicontext.adapters.cache.counted import CountedCache
    from aicontext.adapters.limits.fallback import FallbackLimits
    from aicontext.domain.events import UsageEvent
    from aicontext.ports.telemetry.sending import Sending
    from aicontext.services.analytics.recorder import Recorder
    from aicontext.services.enterprise.budgets.spending import Spending
    from aicontext.settings import Settings

_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-")
"""The beginning of a `traceparent` (W3C Trace Context)."""

_CALLS = logging.getLogger("aicontext.calls")

Source = Callable[[], Iterable[Family]]


class Telemetry:
    """The numbers of a process, from all of its parts."""

    def __init__(self) -> None:
        from aicontext.services.analytics.metering import Metering

        self.metering = Metering()
        self.ended: Callable[[UsageEvent, str], None] | None = None
        self._sending: Sending | None = None
        self._spending: list[Spending] = []
        self._sources: list[Source] = [_build, self.metering.families]

    def answered(self, answer: Answered) -> None:
        """Adds an answer of a service, and sends it where that is wanted."""
        self.metering.answered(answer)
        if self._sending is not None:
            self._sending.answered(answer)

    def add(self, source: Source) -> None:
        """A part's own numbers, read when they are asked for."""
        self._sources.append(source)
        if self._sending is not None:
            self._sending.observe(source)

    def spends(self, spending: Spending) -> None:
        """What a service holds calls to budgets by."""
        if not self._spending:
            self.add(_of_spending(self._spending))
        self._spending.append(spending)

    def families(self) -> Iterator[Family]:
        """All numbers, as they are now."""
        return chain.from_iterable(source() for source in self._sources)

    def exposed(self) -> tuple[str, bytes]:
        """(media type, content) for Prometheus. Raises MissingExtra."""
        with needed("The page of metrics", "metrics"):
            from aicontext.adapters.telemetry.prometheus import PrometheusExposition

        return PrometheusExposition().written(self.families())

    def begin(self, settings: Settings) -> None:
        """Log, and send, as the settings say. Raises MissingExtra."""
        handlers: list[logging.Handler] = []
        if settings.otel:
            self._sending = _sending(settings)
            for source in self._sources:
                self._sending.observe(source)
            handlers.append(self._sending.logs)
        if settings.log == "json":
            from aicontext.adapters.telemetry.logs import JsonLines

            handlers.append(logging.StreamHandler())
            handlers[-1].setFormatter(JsonLines())
        elif handlers:
            handlers.append(logging.StreamHandler())
            handlers[-1].setLevel(logging.WARNING)
        if handlers:
            logging.basicConfig(handlers=handlers, force=True)
            _CALLS.setLevel(logging.INFO)
            self.ended = self._ended

    def end(self) -> None:
        """Sends what is left."""
        if self._sending is not None:
            self._sending.close()

    def _ended(self, event: UsageEvent, parent: str) -> None:
        """Tells of a call that ended, without content."""
        if self._sending is not None:
            trace = self._sending.ended(event, parent)
        else:
            found = _PARENT.match(parent)
            trace = found[1] if found else event.id
        data = {
            "upstream": event.upstream,
            "status": event.status,
            "outcome": event.outcome.value,
            "tokens_direct": event.direct_tokens,
            "tokens_sent": event.sent_tokens,
            "total_ms": round(event.total_ms, 1),
        }
        extra = {"event": event.id, "trace": trace, "data": data}
        _CALLS.info("A call ended.", extra=extra)


def _sending(settings: Settings) -> Sending:
    from importlib.metadata import version

    with needed("OpenTelemetry", "otel"):
        from aicontext.adapters.telemetry.otlp import OtlpSending

    own = version("ai-context-platform")
    return OtlpSending(settings.otlp, dict(settings.otlp_headers), own)


def of_recorder(recorder: Recorder) -> Source:
    """The queue of usage events."""

    def families() -> Iterator[Family]:
        state = recorder.state
        yield gauge("events_pending", "Usage events that are not yet kept.", state.pending)
        yield counter("events_kept", "Usage events that are kept durably.", state.committed)
        yield counter("events_lost", "Usage events that could not be kept.", state.lost)

    return families


def _of_spending(spending: Sequence[Spending]) -> Source:
    """The budgets, of all services of the process."""

    def families() -> Iterator[Family]:
        held, refused, unheld = (
            sum(getattr(one, name) for one in spending) for name in ("held", "refused", "unheld")
        )
        yield gauge("budget_calls_held", "Calls that budgets hold just now.", held)
        yield counter("budget_refused", "Calls that a hard budget had no room for.", refused)
        yield counter(
            "budget_unheld",
            "Calls let through, or not booked, because the budgets' store gave no answer.",
            unheld,
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
