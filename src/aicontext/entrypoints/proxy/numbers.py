"""What the proxy tells of itself to those who watch it."""

from __future__ import annotations

from collections.abc import Iterator

from aicontext.domain.analytics.measures import Family, Measured, gauge
from aicontext.entrypoints.proxy.planning import Planner
from aicontext.entrypoints.proxy.upstreams import Upstreams


def numbers(upstreams: Upstreams, planner: Planner) -> Iterator[Family]:
    """The queue of plans, and the breakers before upstreams."""
    yield gauge("plans_under_way", "Plans that are made or wait for it.", planner.under_way)
    breakers = [((name,), float(open_)) for name, open_ in upstreams.breakers()]
    help_ = "Whether the upstream is left alone for a while, as it failed again and again."
    yield Family("breaker_open", help_, Measured.GAUGE, breakers, ("upstream",))
