"""Whether all that an installation keeps its state in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aicontext import settings as environment
from aicontext.wiring import stores, usage
from aicontext.wiring.platform.storage import closed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from aicontext.domain.storage.places import Checked
    from aicontext.ports.stores.bus import Bus
    from aicontext.services.enterprise.storage.checking import Probe
    from aicontext.settings import Settings

_PROBE = "check"
_NOBODY = "0" * 32
"""A tenant that does not exist."""

_EMBEDDED = {
    "records": "records.db",
    "events": "usage.db",
    "blobs": "blobs",
    "vectors": "vectors.db",
    "keys": "keys.json",
}
"""Where the home keeps what is kept nowhere else."""


def checks() -> Coroutine[Any, Any, Sequence[Checked]]:
    """Whether every store of this installation answers."""
    from aicontext.kit.clock import CLOCK
    from aicontext.services.enterprise.storage.checking import checked

    chosen = environment.load()
    named = {(kind, place(kind, chosen)): probe for kind, probe in _probes(chosen).items()}
    own = {(kind, str(chosen.home / name)): probe for kind, (name, probe) in _own(chosen).items()}
    return checked(named | own, CLOCK)


def place(kind: str, settings: Settings) -> str:
    """Where that kind of state is kept, without what nobody is to see."""
    parts = urlsplit(getattr(settings, kind))
    if parts.scheme in ("sqlite", "qdrant"):
        return str(settings.home / f"{kind}.db")
    if parts.scheme:
        server = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{server}{parts.path}"
    if kind in _EMBEDDED:
        return str(settings.home / _EMBEDDED[kind])
    return {"cache": "memory", "bus": "none: events go straight into their store"}[kind]


def _own(settings: Settings) -> Mapping[str, tuple[str, Probe]]:
    """What belongs to this machine in every size, by kind: its name in the home, and its probe.
    What is not there is made when it is first used."""
    import asyncio
    from functools import partial

    from aicontext.adapters.archive.sqlite import SqliteArchive
    from aicontext.adapters.connections.folder import ConnectionsFolder
    from aicontext.adapters.identity.logins import LoginsFile
    from aicontext.adapters.ledger.sqlite import SqliteLedger
    from aicontext.adapters.session_states.sqlite import SqliteSessionStates
    from aicontext.adapters.webhooks.sqlite import SqliteWebhooks

    asked: dict[str, tuple[str, Callable[[Path], object]]] = {
        "originals": ("archive.db", lambda at: SqliteArchive(at, settings.archive_bytes).size()),
        "ledger": ("ledger.db", lambda at: SqliteLedger(at).find([_PROBE.encode()])),
        "sessions": ("sessions.db", lambda at: SqliteSessionStates(at).latest(_PROBE)),
        "webhooks": ("webhooks.db", lambda at: SqliteWebhooks(at).endpoints()),
        "connections": ("connections", lambda at: list(ConnectionsFolder(at).all())),
        "sign-ins": ("logins.json", lambda at: LoginsFile(at).all()),
        "spool": ("spool.db", lambda at: asyncio.run(_waiting(stores.local_bus(at)))),
    }

    def probe(path: Path, ask: Callable[[Path], object]) -> Probe:
        return partial(asyncio.to_thread, lambda: ask(path) if path.exists() else None)

    return {kind: (name, probe(settings.home / name, ask)) for kind, (name, ask) in asked.items()}


async def _waiting(bus: Bus) -> None:
    async with closed(bus) as kept:
        await kept.waiting(_PROBE, _PROBE)


def _probes(settings: Settings) -> Mapping[str, Probe]:
    async def records() -> None:
        if not settings.records and not (settings.home / "records.db").exists():
            return  # It is made when it is first used.
        async with closed(stores.records(settings)) as kept:
            await kept.check()

    async def events() -> None:
        import asyncio

        await asyncio.to_thread(usage.events(settings).held, ("",))

    async def cache() -> None:
        if settings.cache:
            # Other probes keep this process busy for longer than a call waits for its cache.
            async with closed(stores.shared_cache(settings, timeout=5.0)) as kept:
                await kept.get(_PROBE)

    async def blobs() -> None:
        async with closed(stores.blobs(settings)) as kept:
            await kept.held(_NOBODY, "0" * 64)

    async def keys() -> None:
        async with closed(stores.keys(settings)) as kept:
            await kept.open(await kept.seal(bytes(32), _PROBE), _PROBE)

    async def bus() -> None:
        if settings.bus:
            await _waiting(stores.bus(settings))

    async def vectors() -> None:
        if settings.vectors or (settings.home / "vectors.db").exists():
            from aicontext.domain.storage.vectors import Filter
            from aicontext.wiring.similar import embeddings

            async with closed(stores.vectors(embeddings(settings).space, settings)) as kept:
                await kept.count(Filter(organisation=_NOBODY))

    return {
        "records": records,
        "events": events,
        "cache": cache,
        "blobs": blobs,
        "bus": bus,
        "vectors": vectors,
        "keys": keys,
    }
