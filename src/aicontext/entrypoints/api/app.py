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
from aicontext.entrypoints.api.parts import Options, Parts
from aicontext.entrypoints.api.rest import archive, pages, system
from aicontext.entrypoints.api.rest.contexts import Contexts
from aicontext.entrypoints.api.rest.threads import Threads
from aicontext.kit.hosts import Hosts


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
    threads = Threads()
    app.state.parts, app.state.policy, app.state.threads = parts, parts.policy, threads
    for group in (system, pages, archive):
        app.router.routes.extend(group.routes.routes)
    app.router.routes.extend(one.route() for one in Contexts(parts, threads).hot())
    return app


def layered(app: ASGIApp, parts: Parts, options: Options) -> ASGIApp:
    """The app as requests reach it; the layers, from the inside out."""
    app = Bodies(app)
    app = Callers(app, parts.authenticate)
    app = HostGuard(app, Hosts((*options.hosts, options.host)))
    return Edge(app, parts.new_id, parts.clock)


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, AiContextError)
    return problems.of(error)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problems.of_http(error.status_code, error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problems.invalid(error.errors())
