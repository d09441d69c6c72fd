"""Errors of ours, in the shape that the client's own library understands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp.web_response import Response

from aicontext.services.integrations.wire import Wire

_GOOGLE = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"} | {
    402: "FAILED_PRECONDITION",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    429: "RESOURCE_EXHAUSTED",
    504: "DEADLINE_EXCEEDED",
}
_ANTHROPIC = {400: "invalid_request_error", 401: "authentication_error"} | {
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


@dataclass(frozen=True, slots=True)
class Problem(Exception):
    """Why a request is not passed on. message: what happened and what to do; holds no secret.
    headers: of the answer, such as when to come again."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The code, for people."""
        return self.code.replace("_", " ")

    def response(self, wire: Wire | None = None) -> Response:
        """In the provider's shape on a provider's route; else problem details (RFC 9457)."""
        plain = wire is None
        return Response(
            status=self.status,
            headers=self.headers,
            body=json.dumps(self._body(wire)).encode(),
            content_type="application/problem+json" if plain else "application/json",
        )

    def _body(self, wire: Wire | None) -> object:
        if wire is None:
            title = HTTPStatus(self.status).phrase
            about = {"title": title, "status": self.status, "detail": self.message}
            return {"type": "about:blank", **about, "code": self.code}
        if wire is Wire.ANTHROPIC:
            kind = _ANTHROPIC.get(self.status, "api_error")
            return {"type": "error", "error": {"type": kind, "message": self.message}}
        if wire is Wire.GEMINI:
            name = _GOOGLE.get(self.status, "UNAVAILABLE")
            return {"error": {"code": self.status, "message": self.message, "status": name}}
        if wire is Wire.OLLAMA:
            return {"error": self.message}
        about = {"message": self.message, "type": "aicontext_proxy_error"}
        return {"error": {**about, "param": None, "code": self.code}}
