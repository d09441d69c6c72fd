"""The API: its stores, its services and who may use it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aicontext import settings as environment
from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.domain.tenancy.links import address_of
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.tools import Scope
from aicontext.settings import LOOPBACK
from aicontext.wiring import integrations, stores
from aicontext.wiring.extension.plugins import integration_service
from aicontext.wiring.extension.webhooks import webhook_service
from aicontext.wiring.extras import needed
from aicontext.wiring.platform.identity import identity, policy, public_host, public_url
from aicontext.wiring.platform.limits import budgets_of, rate_limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aicontext.kit.services import Service
    from aicontext.kit.web.paging import Cursors
    from aicontext.ports.stores.cache import Cache
    from aicontext.ports.stores.records import Records
    from aicontext.services.analytics.accounting.reports import Reports
    from aicontext.services.context.service import ContextService
    from aicontext.services.context.similar.service import SimilarService
    from aicontext.services.enterprise.budgets.spending import Spending
    from aicontext.services.enterprise.limits import RateLimits
    from aicontext.services.integrations.catalog.index import Catalogue
    from aicontext.services.integrations.detection import Found
    from aicontext.services.integrations.plugins.service import AcrossTools
    from aicontext.settings import Settings
    from aicontext.wiring.platform.identity import Identity
    from aicontext.wiring.similar import SimilarServices
    from aicontext.wiring.telemetry import Telemetry


_SERVICES = (
    "authentication",
    "keys",
    "users",
    "accounts",
    "invitations",
    "signing_in",
    "factors",
    "sessions",
    "tokens",
    "oauth",
)
"""Of those who know who asks."""


def api(settings: Settings, numbers: Telemetry | None = None) -> Service:
    """The API over HTTP. numbers: of the process that it is part of. Raises MissingExtra,
    InvalidInput."""
    made = parts(settings, numbers)
    server = import_module("aicontext.entrypoints.api.server")
    options = server.Options(
        host=settings.host,
        port=settings.api_port,
        hosts=frozenset((*settings.hosts, *public_host(settings))),
        tls=_tls(settings, server.Tls),
        proxies=settings.trusted_proxies,
    )
    service: Service = server.ApiService(options, made)
    return service


def _tls(settings: Settings, kind: Any) -> Any:
    if settings.tls_certificate is None:
        return None
    return kind(settings.tls_certificate, settings.tls_key, settings.tls_clients)


def parts(settings: Settings | None = None, numbers: Telemetry | None = None) -> Any:
    """What the API works with; no store is opened yet. Raises MissingExtra."""
    from importlib.metadata import version

    from aicontext.adapters.cache.counted import CountedCache
    from aicontext.kit.clock import CLOCK
    from aicontext.kit.ids import time_ordered
    from aicontext.kit.memory.late import late
    from aicontext.kit.web.paging import Cursors
    from aicontext.services.enterprise.directory import Directory
    from aicontext.wiring.repository import open_repository
    from aicontext.wiring.similar import SimilarServices
    from aicontext.wiring.telemetry import Telemetry, of_cache
    from aicontext.wiring.usage import model, savings

    with needed("The API", "api"):
        from aicontext.adapters.replies.sql import SqlReplies

        server = import_module("aicontext.entrypoints.api.server")
    chosen = settings or environment.load()
    records, cache = stores.records(chosen), CountedCache(stores.cache(chosen))
    telemetry = numbers or Telemetry()
    telemetry.add(of_cache(cache))
    known = identity(chosen, records, cache)
    limits = rate_limits(chosen, telemetry)
    budgets, spending = budgets_of(chosen, records, telemetry)
    similar = SimilarServices(chosen)
    reports = late(lambda: _reports(chosen, cache))
    kept = _Stores(chosen, records, cache, limits, spending, known, similar, reports, Cursors())
    return server.Parts(
        version=version("ai-context-platform"),
        start=kept.open,
        stop=kept.close,
        ready=records.check,
        policy=policy(),
        limits=limits,
        budgets=budgets,
        spending=spending,
        **{name: getattr(known, name) for name in _SERVICES},
        cache=cache,
        cache_shared=bool(chosen.cache),
        records=records,
        replies=SqlReplies(records),
        directory=Directory(records, known.members, time_ordered, CLOCK),
        cursors=kept.signed,
        context=_contexts(chosen),
        similar=_similar(similar),
        writer=model(chosen.models_name) if chosen.models_url else None,
        repository=lambda path: open_repository(path, chosen, apart=True),
        tools=_Tools(chosen),
        savings=lambda by, since: savings(by, since, chosen),
        metrics=telemetry,
        metrics_token=chosen.token,
        reports=reports,
    )


def _reports(settings: Settings, cache: Cache) -> Reports:
    from aicontext.kit.clock import CLOCK
    from aicontext.services.analytics.accounting.reports import Reports
    from aicontext.wiring.usage import events

    return Reports(events(settings), cache, now=CLOCK.now)


@dataclass(frozen=True, slots=True)
class _Stores:
    settings: Settings
    records: Records
    cache: Cache
    limits: RateLimits
    spending: Spending
    known: Identity
    similar: SimilarServices
    reports: Reports
    cursors: Cursors

    async def signed(self) -> Cursors:
        """Their secret is the same in every process, so that a cursor of one is good in another."""
        if not self.cursors.key:
            self.cursors.key = await self._shared()
        return self.cursors

    async def open(self) -> None:
        """A file's schema is brought up to date; that of a server is for whoever runs it."""
        await (self.records.check() if self.settings.records else self.records.migrate())
        if self.settings.keys:  # Whoever keeps the master key elsewhere hears now if it is gone.
            await self.signed()
        if self.settings.host not in LOOPBACK and (link := await self.known.accounts.owner_link()):
            address = address_of(public_url(self.settings), "setup", link)
            sys.stderr.write(f"Nobody has an account yet. Make the first: {address}\n")

    async def _shared(self) -> bytes:
        import secrets

        from aicontext.kit.clock import CLOCK
        from aicontext.kit.ids import time_ordered
        from aicontext.services.enterprise.shared_secret import SharedSecrets

        keys = stores.keys(self.settings)
        shared = SharedSecrets(
            self.records, keys, random=secrets.token_bytes, new_id=time_ordered, clock=CLOCK
        )
        try:
            return await shared.get("cursors")
        finally:
            await keys.close()

    async def close(self) -> None:
        self.known.close()
        await self.similar.close()
        self.reports.close()
        await self.limits.close()
        await self.cache.close()
        await self.spending.close()
        await self.records.close()


@dataclass(frozen=True, slots=True)
class _Tools:
    settings: Settings

    def catalogue(self) -> Catalogue:
        return integrations.catalogue()

    def looked_for(self) -> Sequence[Found]:
        return integrations.looked_for()

    def sync(
        self,
        *,
        scope: Scope,
        folder: str,
        tools: Sequence[str],
        source: str,
        dry_run: bool,
        undo: bool,
    ) -> AcrossTools:
        from aicontext.services.integrations.plugins.service import AcrossTools

        project = str(_folder(scope, folder))
        if undo:
            return AcrossTools(integrations.syncing().undo(scope, project, dry=dry_run))
        names = integrations.to_sync(tools, source)
        verb = integration_service(self.settings).sync_across_tools
        return verb(names, project, scope, source, dry=dry_run)

    def receive(self, sender: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
        return webhook_service(self.settings).receive(sender, headers, body)


def _folder(scope: Scope, folder: str) -> Path:
    """Raises InvalidInput, NotFound."""
    found = Path(folder)
    if scope is Scope.USER and not folder:
        return environment.user_home()
    if not found.is_absolute() or "\0" in folder:
        raise InvalidInput("`folder` is no absolute path.", hint="Say where the project is.")
    if not found.is_dir():
        raise NotFound(f"There is no folder {folder[:200]}.")
    return found.resolve()


def _similar(services: SimilarServices) -> object:
    async def of(principal: Principal) -> SimilarService:
        return await services.of(_owner(principal))

    return of


def _owner(principal: Principal) -> Owner | None:
    """None for this machine's own user."""
    if principal.credential is Credential.LOCAL:
        return None
    return Owner(organisation=principal.organisation, user=principal.user)


def _contexts(settings: Settings) -> object:
    """The service over what a user keeps: nobody finds another's originals by their handles."""
    from aicontext.wiring.context import context_service

    def of(principal: Principal) -> ContextService:
        return context_service(settings, _owner(principal))

    return of
