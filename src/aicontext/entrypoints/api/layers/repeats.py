"""Requests that may be sent again: the first answer stands for all of them (`Idempotency-Key`)."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.storage.records import Idempotency
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.problems import problem
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.stores.replies import Replies

HEADER = b"idempotency-key"
KEPT = timedelta(days=1)
LEASE = timedelta(seconds=60)
"""After which a request is taken on anew, where the server died while it worked on it."""

LARGEST = 2**19
"""Bytes of an answer that is kept; after a larger one the request is simply done again."""

_SHOWN_ONCE = b"shown once"

_SWEEP = 600.0
"""Seconds between two looks for what ended, by the requests that come then."""

_UNBEGUN = frozenset({401, 403, 429})
"""Answers to who may not do it now: the same request is done once they may."""

_KEY = re.compile(rb"[\x21-\x7e]{1,200}")
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")
_VERBS = ("optimize", "analyze", "predict", "compress", "count")
_PURE = frozenset(f"/api/v1/context/{verb}" for verb in _VERBS)
"""What is asked here may be asked again: it only makes one thing of another."""

_SIGNING_IN = ("/api/v1/auth/", "/oauth/")
"""Requests here hold passwords and codes, of which not even a digest of ours is to be kept."""

_SECRET = ("/api/v1/keys", "/api/v1/clients")
"""Answers here hold secrets, which are shown once: that it was done is kept, the answer is not."""


class Repeats:
    def __init__(self, app: ASGIApp, replies: Replies, new_id: NewId, clock: Clock) -> None:
        self._app, self._replies = app, replies
        self._new_id, self._clock = new_id, clock
        self._sweep = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = Call.of(scope).principal if scope["type"] == "http" else None
        key = _key(scope) if who and scope["method"] in _CHANGING else b""
        path = scope["path"]
        if not (who and key) or path in _PURE or path.startswith(_SIGNING_IN):
            await self._app(scope, receive, send)
            return
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key is no sound key.", hint="Send a UUID.")
        message = await receive()
        mine = self._request(who, key, _fingerprint(scope, who, message.get("body", b"")))
        with Call.of(scope).stage("once"):
            there = await self._replies.claim(mine)
        if there is not None:
            await _known(there, mine.fingerprint)(scope, receive, send)
            return
        answer = _Answer(secret=path.startswith(_SECRET))
        try:
            await self._app(scope, _again(message, receive), answer.send)
        finally:
            with Call.of(scope).stage("once"):
                await self._settle(mine, answer)
        for held in answer.messages:
            await send(held)

    def _request(self, who: Principal, key: bytes, fingerprint: str) -> Idempotency:
        now = self._clock.utc()
        return Idempotency(
            id=self._new_id(now.timestamp()),
            organisation=who.organisation,
            created_at=now,
            key=f"{who.user}:{key.decode()}",
            fingerprint=fingerprint,
            status=0,
            headers={},
            body=b"",
            expires_at=now + LEASE,
        )

    async def _settle(self, mine: Idempotency, answer: _Answer) -> None:
        """Keeps the answer; where it failed, or is too large, the request may be done again."""
        if answer.final and len(answer.body) <= LARGEST:
            await self._replies.keep(
                replace(
                    mine,
                    status=answer.status,
                    headers={} if answer.shown_once else answer.headers,
                    body=_SHOWN_ONCE if answer.shown_once else bytes(answer.body),
                    expires_at=mine.created_at + KEPT,
                )
            )
        else:
            await self._replies.release(mine)
        if self._clock.tick() >= self._sweep:
            self._sweep = self._clock.tick() + _SWEEP
            with suppress(Unavailable):
                if await self._replies.sweep(self._clock.now()):
                    self._sweep = 0.0


def _known(there: Idempotency, fingerprint: str) -> Response:
    if there.fingerprint != fingerprint:
        return problem(
            422,
            "idempotency_key_reused",
            "The idempotency key was used for another request.",
            hint="Make a new key for each request.",
        )
    if not there.status:
        return problem(
            409,
            "idempotency_in_flight",
            "The same request is being worked on.",
            hint="Send it again in a second.",
            headers={"retry-after": "1"},
        )
    if there.body == _SHOWN_ONCE:
        return problem(
            409,
            "shown_once",
            "This was done before, and what it made was shown then.",
            hint="Where that was lost, delete what was made and send this with a new key.",
            headers={"idempotency-replayed": "true"},
        )
    headers = {**there.headers, "idempotency-replayed": "true"}
    return Response(there.body, there.status, headers)


class _Answer:
    """Holds an answer until it is kept: whoever has it may send the request again at once."""

    def __init__(self, *, secret: bool) -> None:
        self._secret = secret
        self.messages: list[Message] = []
        self.status, self.headers, self.body, self.whole = 0, dict[str, str](), bytearray(), False

    @property
    def final(self) -> bool:
        return self.whole and self.status < 500 and self.status not in _UNBEGUN

    @property
    def shown_once(self) -> bool:
        return self._secret and self.status == 201

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False)
        self.messages.append(message)


def _key(scope: Scope) -> bytes:
    """Raises InvalidInput where there are several."""
    found = [value for name, value in scope["headers"] if name == HEADER]
    if len(found) > 1:
        raise InvalidInput("There are several idempotency keys.", hint="Send one.")
    return found[0] if found else b""


def _fingerprint(scope: Scope, who: Principal, body: bytes) -> str:
    """Of the request, and of what its credential allows: an answer is for nobody who may less."""
    may = f"{who.role} {who.project} {who.environment} {sorted(who.scopes)}\n".encode()
    told = f"{scope['method']} {scope['path']}?".encode() + scope["query_string"] + b"\n"
    return sha256(may + told + body).hexdigest()


def _again(message: Message, receive: Receive) -> Receive:
    waiting: list[Any] = [message]

    async def given() -> Message:
        return waiting.pop() if waiting else await receive()

    return given
