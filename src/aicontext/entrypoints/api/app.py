"""The routes behind the layers that all requests pass."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from aicontext.domain.errors import AiContextError
from aicontext.entrypoints.api import problems
from aicontext.entrypoints.api.layers.bodies import Bodies
from aicontext.entrypoints.api.layers.callers import Callers
from aicontext.entrypoints.api.layers.edge import Edge
from aicontext.entrypoints.api.layers.hosts import HostGuard
from aicontext.entrypoints.api.layers.repeats import Repeats
from aicontext.entrypoints.api.parts import Options, Parts
from aicontext.entrypoints.api.rest import analytics, docs, integrations, operations, system
from aicontext.entrypoints.api.rest.context import archive, packs, similar
from aicontext.entrypoints.api.rest.context.contexts import Contexts
from aicontext.entrypoints.api.rest.enterprise import (
    budgets,
    keys,
    projects,
    settings,
    teams,
    users,
)
from aicontext.entrypoints.api.rest.identity import (
    factors,
    links,
    published,
    signing_in,
    welcome,
)
from aicontext.entrypoints.api.rest.oauth import clients, endpoints
from aicontext.entrypoints.api.rest.oauth import pages as consent
from aicontext.entrypoints.api.rest.threads import Threads
from aicontext.kit.jobs import Jobs
from aicontext.kit.web.hosts import Hosts
from aicontext.services.enterprise.operations import OperationNotes

# They are tried one after the other, 1.5 us each: what is read most often comes first.
_GROUPS = (
    *(system, settings, users, teams, projects, keys, budgets),
    *(docs, operations, integrations, analytics),
    *(archive, packs, similar),
    *(signing_in, factors, links, published, welcome),
    *(clients, endpoints, consent),
)


def surface(parts: Parts) -> FastAPI:
    """All routes, without the layers."""
    app = FastAPI(
        title="AI Context Platform",
        version="v1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            AiContextError: _told,
            HTTPException: _http,
            RequestValidationError: _invalid,
        },
    )
    state = app.state
    state.parts, state.threads, state.jobs = parts, Threads(), Jobs(parts.clock)
    state.settings = settings.cached(parts)
    state.notes = OperationNotes(parts.replies, parts.clock, parts.new_id)
    for group in _GROUPS:
        app.router.routes.extend(group.routes.routes)
    app.router.routes.extend(one.route() for one in Contexts(state).hot())
    return app


def layered(app: ASGIApp, parts: Parts, options: Options) -> ASGIApp:
    """The app as requests reach it; the layers, from the inside out."""
    app = Repeats(app, parts.replies, parts.new_id, parts.clock)
    app = Bodies(app)
    app = Callers(app, parts.authentication)
    app = HostGuard(app, Hosts((*options.hosts, options.host)))
    return Edge(app, parts.new_id, parts.clock, parts.metrics.answered, proxies=options.proxies)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, AiContextError)
    return problems.of(error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problems.of_http(error.status_code, error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problems.invalid(error.errors())
