"""The contract, and pages that show it without anything from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from aicontext.domain.errors import NotFound
from aicontext.entrypoints.api import contract
from aicontext.entrypoints.api.access import OPEN, router
from aicontext.entrypoints.api.rest.identity.html import page

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AI Context Platform API</title>
<link rel="icon" href="/docs/favicon.png">
<style>body {{ margin: 0 }}</style>
{head}
</head>
<body>
<div id="docs"></div>
<script src="/docs/{library}"></script>
<script src="/docs/{start}"></script>
</body>
</html>
"""
_START = (
    "<p>This server makes the context of AI tools smaller.</p><ul>"
    '<li><a href="/docs">Try its operations</a></li>'
    '<li><a href="/redoc">Read about them</a></li>'
    '<li><a href="/openapi.json">The contract</a>, for programs</li>'
    '<li><a href="/device">Type the code</a> that a program shows you</li></ul>'
)
_STARTS = {
    "try.js": 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#docs", deepLinking: true,'
    " tryItOutEnabled: true, validatorUrl: null});\n",
    "read.js": 'Redoc.init("/openapi.json", {disableGoogleFont: true},'
    ' document.getElementById("docs"));\n',
}
_FILES: Mapping[str, str] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "redoc.standalone.js": "text/javascript",
    "favicon.png": "image/png",
}
_ELSEWHERE = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_NOTHING = b"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"

routes = router("pages")


@routes.get("/", include_in_schema=False, dependencies=[OPEN])
async def start() -> Response:
    """Where people land who open the address that the server prints."""
    return page("AI Context Platform", _START)


@routes.get("/openapi.json", include_in_schema=False, dependencies=[OPEN])
async def openapi(request: Request) -> Response:
    return Response(_contract(request.app), media_type="application/json")


@routes.get("/docs", include_in_schema=False, dependencies=[OPEN])
async def docs() -> Response:
    """To try it out."""
    style = '<link rel="stylesheet" href="/docs/swagger-ui.css">'
    return _shown(_PAGE.format(head=style, library="swagger-ui-bundle.js", start="try.js"))


@routes.get("/redoc", include_in_schema=False, dependencies=[OPEN])
async def redoc() -> Response:
    """To read it."""
    return _shown(_PAGE.format(head="", library="redoc.standalone.js", start="read.js"))


@routes.get("/docs/{name}", include_in_schema=False, dependencies=[OPEN])
async def docs_file(name: str) -> Response:
    caching = {"cache-control": "public, max-age=86400"}
    if name in _STARTS:
        return Response(_STARTS[name], media_type="text/javascript", headers=caching)
    if name not in _FILES:
        raise NotFound("There is no such file.")
    return Response(_file(name), media_type=_FILES[name], headers=caching)


def _shown(text: str) -> Response:
    return HTMLResponse(text, headers={"content-security-policy": _POLICY})


@cache
def _contract(app: FastAPI) -> bytes:
    return json.dumps(contract.document(app)).encode()


def _file(name: str) -> bytes:
    """The library's file, without the picture that it would fetch."""
    found = files("fastapi_offline").joinpath("static", name).read_bytes()
    return found.replace(_ELSEWHERE, _NOTHING)
