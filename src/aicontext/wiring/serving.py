"""What a process serves.

The apps stand on a floor above this one, hence they are named and not imported.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.domain.errors import InvalidInput, MissingExtra, Unavailable
from aicontext.domain.events import By
from aicontext.domain.proxy import UPSTREAMS, Bounds, ProxyOptions
from aicontext.wiring import telemetry
from aicontext.wiring.context import context_service, request_service
from aicontext.wiring.extension.notices import tell
from aicontext.wiring.extension.webhooks import courier
from aicontext.wiring.extras import needed
from aicontext.wiring.hooks import answered
from aicontext.wiring.integrations import connected
from aicontext.wiring.platform import limits
from aicontext.wiring.platform.admission import admission
from aicontext.wiring.platform.api import api
from aicontext.wiring.platform.messages import ingest, relay
from aicontext.wiring.telemetry import Telemetry
from aicontext.wiring.usage import events, publisher, savings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aicontext.domain.events import UsageEvent
    from aicontext.kit.services import Service, Told
    from aicontext.ports.stores.events import Events
    from aicontext.services.analytics.recorder import Recorded, Recorder
    from aicontext.settings import Settings


def serve(
    names: Iterable[str],
    given: Mapping[str, str],
    told: Told,
    seen: Callable[[UsageEvent], None] = lambda event: None,
) -> Recorded:
    """Run these SERVICES until SIGINT or SIGTERM; what became of the usage events.

    names: without any, those that the settings call for. given: settings by their names, before the
    environment's. seen: called for each call of a model, from another thread. Raises MissingExtra,
    InvalidInput, and Unavailable where an address is taken.
    """
    from aicontext.kit import services
    from aicontext.kit.memory.unused import keep_together
    from aicontext.services.analytics.recorder import Recorder
    from aicontext.services.integrations.webhooks.watching import Watch

    keep_together()
    chosen = environment.load(given)
    if unknown := sorted(set(names) - SERVICES.keys()):
        raise InvalidInput(
            f"There is no service {unknown[0][:40]!r}.", hint=f"Give some of {', '.join(SERVICES)}."
        )
    named = tuple(dict.fromkeys(names))
    wanted = named or [one for one in SERVICES if chosen.bus or one not in OF_BUS]
    numbers = Telemetry()

    watch = Watch(lambda kind, data: tell(kind, data, chosen))
    record = publisher(chosen) if chosen.bus else _usable(events(chosen, kept=True))
    recorder = Recorder(record, numbers.metering.seen, watch.see, seen)
    numbers.add(telemetry.of_recorder(recorder))
    try:
        numbers.begin(chosen)
        for said in environment.unknown():
            logging.getLogger(__name__).warning(said)
        built = {
            name: made
            for name in wanted
            if (made := _built(name, chosen, recorder, numbers, must=bool(named)))
        }
        services.serve(built, told)
    finally:
        recorded = recorder.close()
        numbers.end()
        record.close()
    return recorded


def _built(
    name: str, settings: Settings, recorder: Recorder, numbers: Telemetry, *, must: bool
) -> Service | None:
    """None, and a warning, where it is not installed and nobody asked for it by name."""
    try:
        return SERVICES[name](settings, recorder, numbers)
    except MissingExtra as error:
        if must:
            raise
        logging.getLogger(__name__).warning("Not served: %s. %s", name, error)
        return None


def serve_mcp(port: int | None = None) -> None:
    """The MCP server over standard input and output, or on a port of this machine, until it ends.

    Raises MissingExtra.
    """
    with needed("The MCP server", "mcp"):
        server = import_module("aicontext.entrypoints.mcp.server").server()
    if port is None:
        server.run()
    else:
        server.run("streamable-http", port=port, stateless_http=True)


def _usable(kept: Events) -> Events:
    """The record; one in memory, and a warning, where it cannot be used: calls must go on."""
    from aicontext.adapters.events.memory import MemoryEvents

    try:
        kept.append(())
    except Unavailable as error:
        logging.getLogger(__name__).warning("Usage is recorded only while this runs. %s", error)
        return MemoryEvents()
    return kept


def _proxy(settings: Settings, recorder: Recorder, numbers: Telemetry) -> Service:
    """The transparent proxy."""
    with needed("The proxy", "proxy"):
        proxy = import_module("aicontext.entrypoints.proxy.server")
    spending = limits.spending(settings)
    numbers.spends(spending)
    parts = proxy.Parts(
        request_service(settings),
        lambda handle, **part: context_service(settings).retrieve(handle, **part),
        recorder,
        savings=lambda: savings(By.SESSION, 0, settings).as_dict(),
        health=lambda: {"events": asdict(recorder.state)},
        hook=lambda tool, event, payload: answered(tool, event, payload, settings),
        budgets=proxy.ProxyBudgets(spending, limits.local_payer()),
        admission=admission(settings, numbers),
        metrics=numbers.exposed,
        ended=numbers.ended,
        watch=numbers.add,
    )
    made: Service = proxy.ProxyService(_proxy_options(settings), parts)
    return made


def _webhooks(settings: Settings, recorder: Recorder, numbers: Telemetry) -> Service:
    """What delivers webhooks."""
    worker = import_module("aicontext.entrypoints.worker.webhooks")
    made: Service = worker.WebhookWorker(courier(settings))
    return made


SERVICES: Mapping[str, Callable[[Settings, Recorder, Telemetry], Service]] = {
    "proxy": _proxy,
    "api": lambda settings, recorder, numbers: api(settings, numbers),
    "webhooks": _webhooks,
    "relay": lambda settings, recorder, numbers: relay(settings),
    "ingest": lambda settings, recorder, numbers: ingest(settings),
}
"""What a process can serve, by name."""

OF_BUS = frozenset(("relay", "ingest"))
"""Those with nothing to do where no bus is set."""

WORKERS = ("webhooks", "relay", "ingest")
"""Those that nobody calls."""


def _proxy_options(settings: Settings) -> ProxyOptions:
    return ProxyOptions(
        host=settings.host,
        port=settings.port,
        token=settings.token,
        hosts=frozenset(settings.hosts),
        upstreams={**UPSTREAMS, **_kept_upstreams(settings), **dict(settings.upstreams)},
        fallbacks=dict(settings.fallbacks),
        retried=frozenset(settings.retry),
        web_proxies=dict(settings.web_proxy),
        no_web_proxy=settings.no_web_proxy,
        bounds=Bounds(plan_seconds=settings.plan_seconds),
    )


def _kept_upstreams(settings: Settings) -> dict[str, str]:
    """Where calls of connected tools go on to. The proxy must run without them too."""
    try:
        return {
            name: url
            for held in connected(settings).all()
            for part in held.parts
            for name, url in part.upstreams
        }
    except Unavailable as error:
        logging.getLogger(__name__).warning("Connected tools' own gateways are unknown. %s", error)
        return {}
