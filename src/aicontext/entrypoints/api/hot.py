"""Routes without a framework between the bytes and the service."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from aicontext.domain.errors import InvalidInput
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded
from aicontext.entrypoints.api.call import Call

JSON = "application/json"

_HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}[^\\]*\Z")
"""The first half of a surrogate pair, and no escape after it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """body: JSON, as it came. call: for its stages."""

    principal: Principal
    body: bytes
    call: Call


@dataclass(frozen=True, slots=True)
class Hot:
    """A POST route whose work takes and gives JSON as bytes.

    takes, gives: the types of both, for the contract. name: of the operation; its description is
    the work's own.
    """

    path: str
    guard: Guarded
    takes: type[msgspec.Struct]
    gives: type[msgspec.Struct]
    work: Callable[[Asked], Awaitable[bytes]]
    status: int = 200

    @property
    def name(self) -> str:
        return self.work.__name__

    def route(self) -> Route:
        return Route(self.path, self, methods=["POST"], name=self.name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self  # As FastAPI does, for metrics and traces.
        principal = await self.guard.admit(scope, scope["app"].state.parts)
        request = Request(scope, receive)
        if request.headers.get("content-type", JSON).partition(";")[0].strip().lower() != JSON:
            raise InvalidInput("The body is not said to be JSON.", hint=f"Send it as {JSON}.")
        answer = await self.work(Asked(principal, await request.body(), Call.of(scope)))
        await Response(answer, self.status, media_type=JSON)(scope, receive, send)


def taken(body: bytes, kind: type[msgspec.Struct]) -> Any:
    """The body as a value of that type. Raises InvalidInput, with the place of what is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{error}.") from None
    except msgspec.DecodeError as error:
        # The library takes the half, with nothing after it that could be the other, for an end.
        why = "half of a surrogate pair near its end" if _HALF.search(body[-16:]) else error
        raise InvalidInput(f"The body is no sound JSON: {why}.") from None
    except UnicodeDecodeError:
        raise InvalidInput("The body is no sound JSON: it is not UTF-8.") from None
    except RecursionError:
        raise InvalidInput("The body is nested too deeply.") from None
