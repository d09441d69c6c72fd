"""The contract as OpenAPI 3.1, generated from the routes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import Route

from aicontext.entrypoints.api import problems
from aicontext.entrypoints.api.access import Guarded, guard_of
from aicontext.entrypoints.api.hot import JSON, Hot

_SCHEMAS = "#/components/schemas/"
_PROBLEM = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `code` is stable; `hint` says what to do next.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"at": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_SAID = {
    400: "The request cannot be read.",
    401: "It is not known who asks.",
    403: "Who asks may not do this, or the server is not called by its name.",
    402: "A budget has no room for what it may take.",
    404: "There is none.",
    408: "The body did not come in time.",
    409: "It is there already, or it was changed or is being worked on meanwhile.",
    412: "It is not the version that `If-Match` names.",
    413: "The request is too large.",
    415: "The body's type or encoding is not known here.",
    422: "The request does not fit its contract, or its idempotency key was used for another.",
    429: "Too many calls lately, or too much under way.",
    501: "A part of the server that this needs is not installed.",
    503: "The server or a store of it has too much to do or gives no answer.",
}


_TAGS = {
    "context": "Making contexts smaller, their originals, and packs of repositories.",
    "operations": "Work that goes on after the answer.",
    "integrations": "AI tools.",
    "analytics": "What was used and saved.",
    "enterprise": "Teams, their members, and projects.",
    "users": "Who there is, and who asks.",
    "keys": "API keys.",
    "settings": "Values by name.",
    "auth": "Coming in: passwords, links, second factors, tokens.",
    "oauth": "Programs of others, which act for people.",
    "system": "How the server is.",
}


def document(app: FastAPI) -> dict[str, Any]:
    """The document of these routes."""
    made = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        summary="Better context for AI tools, for less money.",
        routes=app.routes,
    )
    paths, components = made.setdefault("paths", {}), made.setdefault("components", {})
    ends: list[object] = [route.endpoint for route in app.routes if isinstance(route, Route)]
    hot = [one for one in ends if isinstance(one, Hot)]
    known = components.setdefault("schemas", {})
    schemas = _schemas(hot, known)
    for one in hot:
        paths.setdefault(one.path, {})["post"] = _operation(one)
    for name in ("HTTPValidationError", "ValidationError"):
        known.pop(name, None)
    known |= schemas | {"Problem": _PROBLEM}
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for guard, method, operation in _operations(app, paths):
        _complete(operation, method, guard)
    made["tags"] = [{"name": name, "description": said} for name, said in _TAGS.items()]
    made["paths"] = dict(sorted(paths.items()))
    components["schemas"] = dict(sorted(known.items()))
    return made


def _schemas(hot: Sequence[Hot], known: Mapping[str, Any]) -> dict[str, Any]:
    """Of what the hot routes take and give. Where another type has a name already, theirs is told
    apart by what they are about."""
    types = [kind for one in hot for kind in (one.takes, one.gives)]
    _, found = msgspec.json.schema_components(types, ref_template=_SCHEMAS + "{name}")
    text = json.dumps(found)
    for name in sorted(name for name in found if known.get(name, found[name]) != found[name]):
        text = text.replace(f'"{_SCHEMAS}{name}"', f'"{_SCHEMAS}Context{name}"')
        text = text.replace(f'"{name}": {{', f'"Context{name}": {{', 1)
    made: dict[str, Any] = json.loads(text)
    return made


def scopes(app: FastAPI) -> dict[str, list[str]]:
    """The scopes that routes require, each with the operations that do."""
    found: dict[str, list[str]] = {}
    for route in app.routes:
        if guard := guard_of(route):
            found.setdefault(guard.scope, []).append(getattr(route, "name", ""))
    return {scope: sorted(found[scope]) for scope in sorted(found)}


def _operation(one: Hot) -> dict[str, Any]:
    def body(kind: type[msgspec.Struct]) -> dict[str, Any]:
        return {"content": {JSON: {"schema": {"$ref": f"{_SCHEMAS}{kind.__name__}"}}}}

    return {
        "tags": ["context"],
        "description": " ".join((one.work.__doc__ or "").split()),
        "operationId": one.name,
        "requestBody": {"required": True, **body(one.takes)},
        "responses": {str(one.status): {"description": "Done.", **body(one.gives)}},
    }


def _operations(
    app: FastAPI, paths: dict[str, Any]
) -> Iterator[tuple[Guarded | None, str, dict[str, Any]]]:
    for route in app.routes:
        if isinstance(route, Route | APIRoute) and route.path_format in paths:
            for method in route.methods or ():
                if operation := paths[route.path_format].get(method.lower()):
                    yield guard_of(route), method, operation


def _complete(operation: dict[str, Any], method: str, guard: Guarded | None) -> None:
    """Adds what all operations of its kind share."""
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    if guard:
        operation["security"] = [{}, {"bearer": [guard.scope]}]
        operation["x-required-scope"] = guard.scope
    takes = "requestBody" in operation
    parameters = operation.get("parameters", [])
    named = any(one["in"] == "path" for one in parameters)
    conditional = any(one["name"].lower() == "if-match" for one in parameters)
    statuses = {
        403: True,
        401: guard is not None,
        402: guard is not None and guard.kind == "context",
        404: named,
        408: takes,
        409: guard is not None and method != "GET",
        412: conditional,
        400: takes,
        413: takes,
        415: takes,
        422: takes or bool(parameters) or method != "GET",
        429: guard is not None,
        501: guard is not None,
        503: True,
    }
    responses = operation["responses"]
    responses.pop("422", None)
    for status, there in sorted(statuses.items()):
        if there or str(status) in responses:
            responses[str(status)] = {
                "description": _SAID[status],
                "content": {problems.MEDIA: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
            }
