"""One JSON question over HTTP, within bounds of time and size."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Timer
from urllib.parse import urlsplit

from aicontext.domain.errors import Unavailable

ANSWER_BYTES = 2**20
_KIND = re.compile(r"[a-z][a-z0-9_]{2,40}")
_HINTS = {
    400: "The model may not know a field of the request: check {0}_NAME and its API.",
    401: "Check {0}_KEY.",
    403: "Check {0}_KEY.",
    404: "Check {0}_URL, _NAME and its API.",
    429: "Its limit of requests or money is reached: try again later.",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is asked. headers: hold the key. timeout: seconds for the whole exchange.
    settings: what the names of its settings begin with."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    timeout: float
    settings: str = "AICONTEXT_MODELS"

    def ask(self, body: Mapping[str, object]) -> object:
        """The JSON value that answers `body`.

        Follows no redirect, so that the key reaches no other host; tells nothing of the server's
        own words but a code, since they may hold the key. Raises Unavailable.
        """
        status, data = self._exchange(json.dumps(body).encode())
        try:
            value = json.loads(data) if len(data) <= ANSWER_BYTES else None
        except (ValueError, RecursionError):
            value = None
        if status != 200:
            kind = part(value, "error", "type") or part(value, "error", "code")
            named = f" ({kind})" if isinstance(kind, str) and _KIND.fullmatch(kind) else ""
            hint = _HINTS.get(status, "Try again later." if status >= 500 else "")
            raise self._unavailable(f"answered {status}{named}", hint.format(self.settings))
        if len(data) > ANSWER_BYTES:
            raise self._unavailable(f"answered with more than {ANSWER_BYTES // 2**20} MiB")
        if value is None:
            raise self._unavailable("did not answer with JSON", f"Check {self.settings}_URL.")
        return value

    def _exchange(self, body: bytes) -> tuple[int, bytes]:
        """(status, at most ANSWER_BYTES + 1 bytes of the answer)."""
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        kind = HTTPSConnection if secure else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        late = Event()
        try:
            with _deadline(connection, self.timeout, late):
                connection.request(
                    "POST", path, body, {"Content-Type": "application/json", **self.headers}
                )
                answer = connection.getresponse()
                data = answer.read(ANSWER_BYTES + 1)
        except (OSError, HTTPException, ValueError) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise self._late() from None
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise self._unavailable(f"could not be reached ({reason})") from None
        finally:
            connection.close()
        if late.is_set():
            raise self._late()
        return answer.status, data

    def _late(self) -> Unavailable:
        hint = "Raise AICONTEXT_MODELS_TIMEOUT, or try again later."
        return self._unavailable(f"took longer than {self.timeout:g} s", hint)

    def _unavailable(self, what: str, hint: str = "") -> Unavailable:
        return Unavailable(f"The model at {urlsplit(self.url).hostname} {what}.", hint=hint)


@contextmanager
def _deadline(connection: HTTPConnection, seconds: float, late: Event) -> Iterator[None]:
    """Connects, and ends the connection after that time: each byte alone may be in time."""
    connection.connect()
    held = connection.sock

    def cut() -> None:
        late.set()
        try:
            # Not the TLS layer's own way, which is not for another thread to call.
            socket.socket.shutdown(held, socket.SHUT_RDWR)
        except OSError:
            return

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def part(value: object, *steps: str | int) -> object:
    """What stands in plain JSON values at these keys and places; None where nothing does."""
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value
