"""Requests that may be sent again: the first answer stands for all of them (`Idempotency-Key`)."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aicontext.domain.errors import Conflict, InvalidInput, NotFound
from aicontext.domain.storage.records import Idempotency
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.problems import problem
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.stores.records import Records

HEADER = b"idempotency-key"
KEPT = timedelta(days=1)
LEASE = timedelta(seconds=60)
"""After which a request is taken on anew, where the server died while it worked on it."""

LARGEST = 2**19
"""Bytes of an answer that is kept; after a larger one the request is simply done again."""

_UNBEGUN = frozenset({401, 403, 429})
"""Answers to who may not do it now: the same request is done once they may."""

_KEY = re.compile(rb"[\x21-\x7e]{1,200}")
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")
_VERBS = ("optimize", "analyze", "predict", "compress", "count")
_PURE = frozenset(f"/api/v1/context/{verb}" for verb in _VERBS)
"""What is asked here may be asked again: it only makes one thing of another."""

_SECRET = ("/api/v1/keys", "/api/v1/auth/", "/api/v1/clients", "/oauth/")
"""Answers here hold secrets, which are shown once and kept as digests alone."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """The request is ours to work on, or what to answer instead."""

    record: Idempotency | None = None
    instead: Response | None = None


class Repeats:
    def __init__(self, app: ASGIApp, records: Records, new_id: NewId, clock: Clock) -> None:
        self._app, self._records = app, records
        self._new_id, self._clock = new_id, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = Call.of(scope).principal if scope["type"] == "http" else None
        key = _key(scope) if who and scope["method"] in _CHANGING else b""
        path = scope["path"]
        if not (who and key) or path in _PURE or path.startswith(_SECRET):
            await self._app(scope, receive, send)
            return
        if not _KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key is no sound key.", hint="Send a UUID.")
        message = await receive()
        claim = await self._claimed(who, key, _fingerprint(scope, who, message.get("body", b"")))
        if claim.record is None:
            assert claim.instead
            await claim.instead(scope, receive, send)
            return
        answer = _Answer()
        try:
            await self._app(scope, _again(message, receive), answer.send)
        finally:
            await self._settle(claim.record, answer)
        for held in answer.messages:
            await send(held)

    async def _claimed(self, who: Principal, key: bytes, fingerprint: str) -> _Claim:
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        mine = Idempotency(
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
        async with self._records.transaction(who.organisation) as transaction:
            there = await transaction.find(Idempotency, limit=1, key=mine.key)
            if not there:
                await transaction.add(mine)
                return _Claim(mine)
            if there[0].expires_at < now:
                mine = replace(mine, id=there[0].id, version=there[0].version + 1)
                await transaction.replace(mine)
                return _Claim(mine)
        return _Claim(instead=_known(there[0], fingerprint))

    async def _settle(self, record: Idempotency, answer: _Answer) -> None:
        """Keeps the answer; where it failed, or is too large, the request may be done again."""
        # Where it took longer than the lease, somebody else may have taken it on.
        with suppress(Conflict, NotFound):
            await self._settled(record, answer)

    async def _settled(self, record: Idempotency, answer: _Answer) -> None:
        async with self._records.transaction(record.organisation) as transaction:
            if answer.final and len(answer.body) <= LARGEST:
                await transaction.replace(
                    replace(
                        record,
                        version=record.version + 1,
                        status=answer.status,
                        headers=answer.headers,
                        body=bytes(answer.body),
                        expires_at=record.created_at + KEPT,
                    )
                )
            else:
                await transaction.remove(Idempotency, record.id)


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
    headers = {**there.headers, "idempotency-replayed": "true"}
    return Response(there.body, there.status, headers)


class _Answer:
    """Holds an answer until it is kept: whoever has it may send the request again at once."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status, self.headers, self.body, self.whole = 0, dict[str, str](), bytearray(), False

    @property
    def final(self) -> bool:
        return self.whole and self.status < 500 and self.status not in _UNBEGUN

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
