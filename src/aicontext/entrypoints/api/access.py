"""The one way in which a route says what its caller needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import BaseRoute

from aicontext.domain.errors import Forbidden, StepUpRequired
from aicontext.domain.tenancy.access import Credential, Principal, Question, Resource
from aicontext.entrypoints.api.call import Call, Scope
from aicontext.entrypoints.api.parts import Parts
from aicontext.ports.access.policy import Policy
from aicontext.services.enterprise.limits import headers


@dataclass(frozen=True, slots=True)
class Guarded:
    """The scope that a route requires, on what kind of thing.

    own: it is about what the caller keeps. here: it is about this machine's files, and so only for
    the user who runs the server. As a dependency it gives the principal.
    """

    scope: str
    kind: str
    own: bool = False
    here: bool = False

    async def __call__(self, request: Request) -> Principal:
        return await self.admit(request.scope, request.app.state.parts)

    async def admit(self, scope: Scope, parts: Parts) -> Principal:
        """Who asks; the call is counted. Raises Unauthenticated, Forbidden, RateLimited."""
        call = Call.of(scope)
        principal = call.known
        with call.stage("policy"):
            self._decide(call, parts, self._resource(principal, scope.get("path_params", {})))
        with call.stage("limits"):
            taken = await parts.limits.take(principal, self.scope, address=call.address)
        call.headers.update(headers(taken))
        return principal

    def may(self, request: Request, resource: Resource) -> bool:
        """Whether the caller may do it to that one among others."""
        call, parts = Call.of(request.scope), request.app.state.parts
        policy: Policy = parts.policy
        return policy.decide(self._question(call, parts, resource)).allowed

    def check(self, request: Request, **found: str) -> None:
        """Once it is known whose it is. found: of the resource. Raises Forbidden."""
        call, parts = Call.of(request.scope), request.app.state.parts
        resource = self._resource(call.known, request.path_params)
        self._decide(call, parts, replace(resource, **found))

    def _decide(self, call: Call, parts: Parts, resource: Resource) -> None:
        principal = call.known
        found = parts.policy.decide(self._question(call, parts, resource))
        if found.step_up:
            raise StepUpRequired(
                found.why, hint="Show it at /api/v1/auth/step-up, then repeat this."
            )
        if not found.allowed:
            raise Forbidden(found.why, hint=f"This needs the scope {self.scope}.")
        if self.here and principal.credential is not Credential.LOCAL:
            raise Forbidden(
                "This is about the files of the server's own machine.",
                hint="Only its user may do it, there, without a credential.",
            )

    def _question(self, call: Call, parts: Parts, resource: Resource) -> Question:
        return Question(
            principal=call.known,
            scope=self.scope,
            resource=resource,
            at=parts.clock.utc(),
            address=call.address,
        )

    def _resource(self, principal: Principal, path: Mapping[str, Any]) -> Resource:
        """What a context is made for is said by the credential, where that is limited."""
        made_here = self.kind == "context"
        return Resource(
            kind=self.kind,
            organisation=principal.organisation,
            id=str(path.get(self.kind, "")),
            owner=principal.user if self.own else str(path.get("user", "")),
            team=str(path.get("team", "")),
            project=principal.project if made_here else str(path.get("project", "")),
            environment=principal.environment if made_here else "",
        )


@runtime_checkable
class Guards(Protocol):
    """A route's endpoint that asks a guard itself."""

    @property
    def guard(self) -> Guarded: ...


async def _anyone() -> None:
    """A route that needs no credential."""


OPEN = Depends(_anyone)
"""Said of routes that anyone may call: a route without it or a Guarded is a mistake."""


def router(tag: str, prefix: str = "") -> APIRouter:
    """Routes whose operations are called as their functions."""
    return APIRouter(
        prefix=prefix, tags=[tag], generate_unique_id_function=lambda route: route.name
    )


def guard_of(route: BaseRoute) -> Guarded | None:
    """What a route requires; None where it is OPEN. Raises LookupError where it says neither."""
    if isinstance(found := getattr(route, "endpoint", None), Guards):
        return found.guard
    if isinstance(route, APIRoute):
        calls = [one.call for one in route.dependant.dependencies]
        for call in calls:
            if isinstance(call, Guarded):
                return call
        if _anyone in calls:
            return None
    raise LookupError(f"The route {getattr(route, 'path', route)} has no guard.")
