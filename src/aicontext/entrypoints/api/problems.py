"""Errors as problem details (RFC 9457): a stable code, what happened, what to do next."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from aicontext.domain import errors
from aicontext.domain.errors import AiContextError

MEDIA = "application/problem+json"
TYPE = "urn:aicontext:problem:"

STATUS: Mapping[type[AiContextError], int] = {
    errors.Malformed: 400,
    errors.InputTooLarge: 413,
    errors.Refused: 403,
    errors.BudgetTooSmall: 422,
    errors.InvalidInput: 422,
    errors.NotFound: 404,
    errors.Stale: 412,
    errors.Conflict: 409,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.OverBudget: 402,
    errors.LimitReached: 429,
    errors.MissingExtra: 501,
    errors.Unavailable: 503,
}
"""By the nearest class of the error tree."""

_HTTP = {
    400: ("bad_request", "This is no sound HTTP request."),
    404: ("no_such_route", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not know that method."),
    431: ("head_too_large", "The request has over 100 headers, or over 64 KiB of them."),
}


_STEP_UP = 'Bearer error="insufficient_user_authentication", max_age="900"'
"""RFC 9470."""


def status(error: AiContextError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(number: int, code: str, detail: str, *, hint: str = "", **more: Any) -> Response:
    """more: further members, such as `errors`; `headers` are the answer's own."""
    headers = more.pop("headers", None)
    body = {
        "type": f"{TYPE}{code}",
        "title": HTTPStatus(number).phrase,
        "status": number,
        "detail": detail,
        "code": code,
        **({"hint": hint} if hint else {}),
        **more,
    }
    return Response(json.dumps(body).encode(), number, headers, MEDIA)


def of(error: AiContextError) -> Response:
    number = status(error)
    return problem(number, error.code, error.message, hint=error.hint, headers=_headers(error))


def _headers(error: AiContextError) -> Mapping[str, str]:
    match error:
        case errors.StepUpRequired():
            return {"www-authenticate": _STEP_UP}
        case errors.Unauthenticated():
            return {"www-authenticate": "Bearer"}
        case errors.RateLimited():
            return error.headers
        case errors.LimitReached() if math.isfinite(error.wait):
            return {"retry-after": str(max(1, math.ceil(error.wait)))}
        case errors.Unavailable():
            return {"retry-after": "1"}
    return {}


def of_http(number: int, headers: Mapping[str, str] | None = None) -> Response:
    """What the framework itself found."""
    code, detail = _HTTP.get(number, ("http_error", HTTPStatus(number).phrase))
    return problem(number, code, detail, headers=headers)


def internal() -> Response:
    return problem(
        500, "internal", "This failed, and it is our fault.", hint="Tell us the request's id."
    )


def invalid(found: Sequence[Any]) -> Response:
    """found: pydantic's list of what does not fit; what was sent is not repeated."""
    told = [
        {"at": "/".join(map(str, one["loc"])), "message": str(one["msg"])[:200]}
        for one in found[:20]
    ]
    return problem(422, "invalid_input", "The request does not fit its contract.", errors=told)
