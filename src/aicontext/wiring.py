"""The composition root: settings -> adapters -> services -> apps.

Loads what is asked for by name at that moment, so that `--help` and `import aicontext` stay light.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

from aicontext import settings as environment
from aicontext.domain.errors import InvalidInput, MissingExtra, Unavailable
from aicontext.domain.events import By
from aicontext.domain.proxy import UPSTREAMS, ProxyOptions
from aicontext.settings import Settings

if TYPE_CHECKING:
    from aicontext.domain.events import UsageEvent
    from aicontext.kit.services import Service, Told
    from aicontext.ports.archive import Archive
    from aicontext.ports.connections import Connections
    from aicontext.ports.events import Events
    from aicontext.ports.files import Files
    from aicontext.ports.models import Models
    from aicontext.services.analytics.recorder import Recorded, Recorder
    from aicontext.services.analytics.savings import Books, Savings
    from aicontext.services.context.repository.indexing import Indexing
    from aicontext.services.context.repository.service import RepositoryService
    from aicontext.services.context.requests import RequestService
    from aicontext.services.context.service import ContextService
    from aicontext.services.integrations.catalog.index import Catalogue
    from aicontext.services.integrations.connections.doctor import Finding
    from aicontext.services.integrations.connections.service import ConnectionService
    from aicontext.services.integrations.detection import Found
    from aicontext.services.integrations.launch import Launcher


def archive(settings: Settings | None = None) -> Archive:
    """The user's archive."""
    chosen = settings or environment.load()
    adapter = import_module("aicontext.adapters.archive.sqlite")
    kept: Archive = adapter.SqliteArchive(chosen.home / "archive.db", chosen.archive_bytes)
    return kept


def events(settings: Settings | None = None) -> Events:
    """The user's usage events."""
    chosen = settings or environment.load()
    adapter = import_module("aicontext.adapters.events.sqlite")
    kept: Events = adapter.SqliteEvents(chosen.home / "usage.db")
    return kept


def models(settings: Settings) -> Models | None:
    """The model that writes summaries; None where none is set."""
    if not settings.models_url:
        return None
    adapter = import_module(f"aicontext.adapters.models.{settings.models_api}")
    kind = adapter.AnthropicModel if settings.models_api == "anthropic" else adapter.OpenAiModel
    chosen: Models = kind(
        settings.models_url, settings.models_name, settings.models_key, settings.models_timeout
    )
    return chosen


def savings(by: By, since: float, settings: Settings | None = None) -> Savings:
    """What was saved in calls from `since` on, in seconds since the epoch."""
    module = import_module("aicontext.services.analytics.savings")
    kept = events(settings)
    found: Savings = module.savings(kept.since(since), by)
    return replace(found, lost=kept.lost(since))


def serve_mcp(port: int | None = None) -> None:
    """The MCP server over standard input and output, or on a port of this machine, until it ends.

    Raises MissingExtra.
    """
    try:
        server = import_module("aicontext.entrypoints.mcp.server").server()
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"The MCP server needs {error.name}.",
            hint="Run: pip install 'ai-context-platform[mcp]'.",
        ) from None
    if port is None:
        server.run()
    else:
        server.run("streamable-http", port=port, stateless_http=True)


def books(by: By) -> Books:
    """Sums to which events can be added."""
    made: Books = import_module("aicontext.services.analytics.savings").Books(by)
    return made


def request_service(settings: Settings | None = None) -> RequestService:
    """The service that plans requests, over the user's archive and cache ledger."""
    chosen = settings or environment.load()
    module = import_module("aicontext.services.context.requests")
    ledger = import_module("aicontext.adapters.ledger.sqlite").SqliteLedger(
        chosen.home / "ledger.db"
    )
    options = module.Options(
        skipped_tools=frozenset(chosen.skip_tools),
        skipped_kinds=frozenset(chosen.skip_kinds),
        holdout=chosen.holdout if chosen.optimize else 1.0,
        command=which("aicontext") is not None,
    )
    service: RequestService = module.RequestService(archive(chosen), ledger, options)
    return service


def _usable(kept: Events) -> Events:
    """The record; one in memory, and a warning, where it cannot be used: calls must go on."""
    try:
        kept.append(())
    except Unavailable as error:
        logging.getLogger(__name__).warning("Usage is recorded only while this runs. %s", error)
        memory: Events = import_module("aicontext.adapters.events.memory").MemoryEvents()
        return memory
    return kept


def serve(
    names: Iterable[str],
    given: Mapping[str, str],
    told: Told,
    seen: Callable[[UsageEvent], None] = lambda event: None,
) -> Recorded:
    """Run these SERVICES until SIGINT or SIGTERM; what became of the usage events.

    given: settings by their names, before the environment's. seen: called for each call of a
    model, from another thread. Raises MissingExtra, InvalidInput, and Unavailable where an address
    is taken.
    """
    chosen = environment.load(given)
    if unknown := sorted(set(names) - SERVICES.keys()):
        raise InvalidInput(
            f"There is no service {unknown[0][:40]!r}.", hint=f"Give some of {', '.join(SERVICES)}."
        )
    made = import_module("aicontext.services.analytics.recorder").Recorder
    recorder: Recorder = made(_usable(events(chosen)), seen)
    try:
        services = {name: SERVICES[name](chosen, recorder) for name in dict.fromkeys(names)}
        import_module("aicontext.kit.services").serve(services, told)
    finally:
        recorded = recorder.close()
    return recorded


def _proxy(settings: Settings, recorder: Recorder) -> Service:
    """The transparent proxy."""
    try:
        server = import_module("aicontext.entrypoints.proxy.server")
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"The proxy needs {error.name}.", hint="Run: pip install 'ai-context-platform[proxy]'."
        ) from None
    parts = import_module("aicontext.entrypoints.proxy.app").Parts(
        request_service(settings),
        context_service(settings),
        recorder,
        savings=lambda: savings(By.SESSION, 0, settings).as_dict(),
        health=lambda: {"events": asdict(recorder.state)},
    )
    made: Service = server.ProxyService(_proxy_options(settings), parts)
    return made


SERVICES: Mapping[str, Callable[[Settings, Recorder], Service]] = {"proxy": _proxy}
"""What a process can serve, by name."""


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
    )


def _kept_upstreams(settings: Settings) -> dict[str, str]:
    """Where calls of connected tools go on to. The proxy must run without them too."""
    try:
        return {
            name: url
            for held in _record(settings).all()
            for part in held.parts
            for name, url in part.upstreams
        }
    except Unavailable as error:
        logging.getLogger(__name__).warning("Connected tools' own gateways are unknown. %s", error)
        return {}


def _record(settings: Settings) -> Connections:
    module = import_module("aicontext.adapters.connections.folder")
    kept: Connections = module.ConnectionsFolder(settings.home / "connections")
    return kept


def proxy_health(given: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """What the proxy that runs where the settings say tells of itself; None: none answers."""
    chosen = environment.load(given)
    client = import_module("aicontext.client.proxy")
    found: dict[str, Any] | None = client.health(chosen.host, chosen.port, chosen.token)
    return found


def proxy_address(given: Mapping[str, str] | None = None) -> tuple[str, str]:
    """(address, token) of the proxy that the settings speak of, whether it runs or not."""
    chosen = environment.load(given)
    host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
    return f"http://{host}:{chosen.port}", chosen.token


def gateways(names: Iterable[str]) -> dict[str, str]:
    """Those of the variables that hold the address of a provider or gateway; not of our proxy."""
    client = import_module("aicontext.client.proxy")
    found = environment.addresses(names)
    ours = {address for address in set(found.values()) if client.is_ours(address)}
    return {name: address for name, address in found.items() if address not in ours}


def child_environment(
    added: Mapping[str, str], defaults: Mapping[str, str] | None = None
) -> dict[str, str]:
    """This process's environment with `added`, and `defaults` where it has none of that name, for a
    program that it starts."""
    return environment.child_environment(added, defaults or {})


def catalogue() -> Catalogue:
    """The AI tools that are known."""
    found: Catalogue = import_module("aicontext.services.integrations.catalog.index").load()
    return found


def looked_for() -> list[Found]:
    """All known tools, each with what shows that it is on this machine."""
    machine = import_module("aicontext.adapters.machine.local").LocalMachine(
        environment.child_environment({}, {}), Path.home(), Path.cwd()
    )
    detection = import_module("aicontext.services.integrations.detection")
    return list(detection.looked_for(catalogue(), machine))


def connections(commands: Iterable[str] = ()) -> ConnectionService:
    """Connects tools through their own files. commands: of ours that tools can start."""
    chosen = environment.load()
    address, token = proxy_address()
    module = import_module("aicontext.services.integrations.connections.service")
    values = {
        "proxy": address,
        "mcp": f"{address}/mcp",
        "token": token,
        "command": which("aicontext") or "aicontext",
    }
    made: ConnectionService = module.ConnectionService(
        _files(), _record(chosen), values, commands=frozenset(commands)
    )
    return made


def examined(tool: str = "") -> list[Finding]:
    """What the probes of all connections, or of one tool's, saw."""
    module = import_module("aicontext.services.integrations.connections.doctor")
    proxy = import_module("aicontext.client.proxy").is_ours
    tools = import_module("aicontext.client.mcp").tools
    doctor = module.Doctor(_files(), events(), module.Probes(proxy, tools))
    found: list[Finding] = doctor.look(connections().held(), tool)
    return found


def _files() -> Files:
    made: Files = import_module("aicontext.adapters.files.local").LocalFiles(
        environment.child_environment({}, {}), Path.home(), Path.cwd()
    )
    return made


def launcher(program: str = "") -> Launcher:
    """What the program, by name or path, is started with; without one, any program."""
    module = import_module("aicontext.services.integrations.launch")
    made: Launcher = module.Launcher(catalogue(), program)
    return made


def repository_index(path: str, settings: Settings | None = None) -> Indexing:
    """The files and commits of the repository around a path, and the user's index of them.

    Raises NotFound, InvalidInput.
    """
    root, _ = _repository(path)
    return _indexing(root, settings or environment.load())


def repository(path: str, settings: Settings | None = None) -> RepositoryService:
    """The repository around a path; its verbs mean what lies below the path alone.

    Raises NotFound, InvalidInput.
    """
    root, below = _repository(path)
    folder = "aicontext.services.context.repository"
    settings = settings or environment.load()
    indexing = _indexing(root, settings)
    secrets = import_module("aicontext.adapters.secrets.detect_secrets").DetectSecrets()
    shown = import_module(f"{folder}.shown").Shown(indexing.tree, secrets)
    packing = import_module(f"{folder}.packing").Packing()
    service = import_module(f"{folder}.service").RepositoryService
    found: RepositoryService = service(indexing, shown, packing, below=below, model=settings.model)
    return found


def _repository(path: str) -> tuple[Path, str]:
    """(the root of the repository around a path, the path from there)."""
    copies = import_module("aicontext.adapters.trees.working_copy")
    root, below = copies.repository(Path(path), copies.GitDefaults(*environment.git_files()))
    return root, below


def _indexing(root: Path, settings: Settings) -> Indexing:
    trees = "aicontext.adapters.trees"
    copies = import_module(f"{trees}.working_copy")
    indexes = settings.home / "repositories"
    made: Indexing = import_module("aicontext.services.context.repository.indexing").Indexing(
        copies.WorkingCopy(root, copies.GitDefaults(*environment.git_files()), settings.home),
        import_module(f"{trees}.history").GitHistory(root),
        import_module("aicontext.adapters.index.files").FileIndex(indexes, root),
    )
    return made


def context_service(settings: Settings | None = None) -> ContextService:
    """The Context Optimization service over the user's archive.

    One for as long as the settings stay the same: it knows the sessions that it has seen.
    """
    return _context_service(settings or environment.load())


@cache
def _context_service(settings: Settings) -> ContextService:
    module = import_module("aicontext.services.context.service")
    secrets = import_module("aicontext.adapters.secrets.detect_secrets").DetectSecrets()
    service: ContextService = module.ContextService(
        archive(settings), secrets, settings.model, models(settings)
    )
    return service
