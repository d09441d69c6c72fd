"""The API: its stores, its services and who may use it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aicontext import settings as environment
from aicontext.domain.errors import Unauthenticated
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Decision, Principal
from aicontext.wiring.extras import needed
from aicontext.wiring.platform import stores

if TYPE_CHECKING:
    from aicontext.domain.tenancy.access import Question
    from aicontext.kit.services import Service
    from aicontext.services.context.service import ContextService
    from aicontext.settings import Settings

LOCAL = Principal(
    organisation=f"{1:032x}",
    user=f"{2:032x}",
    role=Role.OWNER,
    credential=Credential.LOCAL,
    scopes=frozenset(),
)
"""The one user of a machine without accounts."""


def api(settings: Settings) -> Service:
    """The API over HTTP. Raises MissingExtra, InvalidInput."""
    made = parts(settings)
    server = import_module("aicontext.entrypoints.api.server")
    options = server.Options(
        host=settings.host, port=settings.api_port, hosts=frozenset(settings.hosts)
    )
    service: Service = server.ApiService(options, made)
    return service


def parts(settings: Settings | None = None) -> Any:
    """What the API works with; no store is opened yet. Raises MissingExtra."""
    from importlib.metadata import version

    with needed("The API", "api"):
        server = import_module("aicontext.entrypoints.api.server")
    chosen = settings or environment.load()
    return server.Parts(
        version=version("ai-context-platform"),
        loopback_only=True,
        start=_nothing,
        stop=_nothing,
        ready=_nothing,
        authenticate=_local,
        policy=OneUser(),
        cache=stores.cache(chosen),
        context=_contexts(chosen),
    )


class OneUser:
    """The policy of a machine without accounts: its user may do all."""

    def decide(self, question: Question) -> Decision:
        return Decision(question.principal == LOCAL, "there are no accounts here")


async def _local(presented: object) -> Principal:
    if getattr(presented, "authorization", ""):
        raise Unauthenticated("There are no accounts here.", hint="Send no credential.")
    return LOCAL


async def _nothing() -> None: ...


def _contexts(settings: Settings) -> object:
    """The service over what a user keeps: nobody finds another's originals by their handles."""
    from aicontext.wiring.context import context_service

    def of(principal: Principal) -> ContextService:
        if principal.credential is Credential.LOCAL:
            return context_service(settings)
        home = settings.home / "tenants" / principal.organisation / principal.user
        return context_service(settings._replace(home=home))

    return of
