"""Verbs for messages out and in: add an endpoint, send, replay; accept a sender, receive."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aicontext.domain.errors import (
    AiContextError,
    Conflict,
    InputTooLarge,
    InvalidInput,
    NotFound,
)
from aicontext.domain.extension.plugins import Callback
from aicontext.domain.extension.webhooks import Delivery, Endpoint, Message, State
from aicontext.kit.clock import CLOCK, Clock
from aicontext.ports.webhooks import Claim, Inbox, Outbox
from aicontext.services.integrations.webhooks import signing

LONGEST = 2**20
"""Bytes of a message."""

_NAME = 200
"""Characters of a name."""

LEASE = 120.0
"""Seconds after which a message is taken on anew, where whoever had it died."""

Handle = Callable[[str, Callback], Mapping[str, Any]]


class WebhookService:
    """The outbox and the inbox of one user.

    check: raises Refused where a URL may not be called. handle: what a sender's message is for.
    random: so many bytes that nobody can guess.
    """

    def __init__(
        self,
        outbox: Outbox,
        inbox: Inbox,
        *,
        check: Callable[[str], object],
        handle: Handle,
        new_id: Callable[[float], str],
        random: Callable[[int], bytes],
        clock: Clock = CLOCK,
    ) -> None:
        self._outbox, self._inbox = outbox, inbox
        self._check, self._handle = check, handle
        self._new_id, self._random, self._clock = new_id, random, clock

    def add(self, name: str, url: str, *, asymmetric: bool = False) -> str:
        """Tell an endpoint everything that is sent from now on; what it is to verify with: the
        secret, or the public key. Raises InvalidInput, Refused, Conflict, MissingExtra."""
        _check_name("An endpoint", name)
        self._check(url)
        if any(one.name == name for one in self._outbox.endpoints()):
            raise Conflict(f"There is an endpoint {name[:60]!r} already.", hint="Remove it first.")
        signs, verifies = self._new_secret(asymmetric)
        self._outbox.keep(Endpoint(name, url, (signs,)))
        return verifies

    def rotate(self, name: str) -> str:
        """A new secret of the same kind; the one before it signs beside it until the next time."""
        one = self._endpoint(name)
        signs, verifies = self._new_secret(one.secrets[0].startswith(signing.PRIVATE))
        self._outbox.keep(replace(one, secrets=(signs, one.secrets[0]), disabled=""))
        return verifies

    def remove(self, name: str) -> None:
        """Raises NotFound."""
        if not self._outbox.remove(name):
            raise _unknown(name)

    def endpoints(self) -> list[Endpoint]:
        return self._outbox.endpoints()

    def send(self, kind: str, data: Mapping[str, Any], only: str = "") -> str:
        """Put a message out for all endpoints, or for one; its id, once it is safely kept.

        Raises InvalidInput, NotFound, Unavailable.
        """
        _check_name("A type", kind)
        names = tuple(one.name for one in self._outbox.endpoints() if not one.disabled)
        if only:
            names = (self._endpoint(only).name,)
        now = self._clock.now()
        message = Message(f"msg_{self._new_id(now)}", kind, now, _body(kind, data, now))
        self._outbox.put(message, names)
        return message.id

    def deliveries(self, state: State | None = None, limit: int = 100) -> list[Delivery]:
        """The latest first."""
        return self._outbox.deliveries(state, limit)

    def replay(self, message: str = "") -> int:
        """Send again what was given up, or one message whatever became of it; how many."""
        return self._outbox.replay(self._clock.now(), message)

    def accept(self, sender: str, secret: str = "") -> str:
        """Take messages of a sender who signs with this secret, or with what this public key is
        of, or with a new secret; the one before it is taken too until the next time.

        Raises InvalidInput, MissingExtra.
        """
        _check_name("A sender", sender)
        if secret:
            signing.check(secret)
        chosen = secret or self._new_secret(asymmetric=False)[0]
        self._inbox.accept(sender, (chosen, *self._inbox.secrets(sender)[:1]))
        return chosen

    def reject(self, sender: str) -> None:
        """Take no more of that sender."""
        self._inbox.accept(sender, ())

    def receive(self, sender: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
        """Verify a message and have it handled, each id once; what to answer.

        Where it raises Refused, InvalidInput or NotFound the message is no good; after Conflict and
        Unavailable the sender may send it again.
        """
        if len(body) > LONGEST:
            raise InputTooLarge(f"The message is larger than {LONGEST >> 10} KiB.")
        if not (secrets := self._inbox.secrets(sender)):
            raise NotFound(f"No messages are taken from {sender[:60]!r}.")
        now = self._clock.now()
        id_, at = signing.verified(secrets, headers, body, now)
        callback = _callback(id_, at, body)
        claim = self._inbox.claim(sender, id_, now, LEASE)
        if claim is Claim.BUSY:
            raise Conflict("The message is being handled.", hint="Send it again later.")
        if claim is Claim.DONE:
            return {}
        try:
            answer = self._handle(sender, callback)
        except AiContextError:
            self._inbox.release(sender, id_)
            raise
        self._inbox.done(sender, id_)
        return answer

    def _new_secret(self, asymmetric: bool) -> tuple[str, str]:
        """(what signs, what verifies)."""
        if asymmetric:
            return signing.new_pair(self._random(32))
        secret = signing.new_secret(self._random(32))
        return secret, secret

    def _endpoint(self, name: str) -> Endpoint:
        found = next((one for one in self._outbox.endpoints() if one.name == name), None)
        if found is None:
            raise _unknown(name)
        return found


def _unknown(endpoint: str) -> NotFound:
    return NotFound(
        f"There is no endpoint {endpoint[:60]!r}.", hint="Those there are: aicontext webhooks list."
    )


def _check_name(what: str, name: str) -> None:
    if not 0 < len(name) <= _NAME or not name.isprintable():
        raise InvalidInput(f"{what} has a name of 1 to {_NAME} printable characters.")


def _body(kind: str, data: Mapping[str, Any], now: float) -> bytes:
    try:
        said = {"type": kind, "timestamp": _stamp(now), "data": data}
        body = json.dumps(said, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"The message cannot be written as JSON: {error}.") from None
    if len(body) > LONGEST:
        raise InputTooLarge(f"The message is larger than {LONGEST >> 10} KiB.")
    return body


def _stamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")


def _callback(id_: str, at: float, body: bytes) -> Callback:
    try:
        said = json.loads(body)
        kind, data = said["type"], said.get("data")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InvalidInput("The message is no JSON with a type and data.") from None
    if not isinstance(kind, str):
        raise InvalidInput("The message is no JSON with a type and data.")
    return Callback(id_, kind, at, data if isinstance(data, dict) else {"value": data})
