"""Signing in to a server by a code that is typed elsewhere (RFC 8628), and staying signed in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from aicontext.domain.errors import InvalidInput, NotFound, Unauthenticated, Unavailable
from aicontext.kit.clock import Clock
from aicontext.ports.access.logins import Login, Logins

_CLIENT = {"client_id": "aicontext"}
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_SECONDS = 20.0
_MARGIN = 30.0
"""Seconds that a token must still be good for."""

_WAITING = ("authorization_pending", "slow_down")
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Begun:
    """What the person is shown. interval: seconds between two questions; until: when it ends."""

    user_code: str
    page: str
    page_with_code: str
    device_code: str = field(repr=False)
    interval: float
    until: float


class LoggingIn:
    """pause: waits for so many seconds. Methods raise Unavailable, and InvalidInput for an address
    over which nobody should sign in."""

    def __init__(self, logins: Logins, clock: Clock, pause: Callable[[float], None]) -> None:
        self._logins = logins
        self._clock = clock
        self._pause = pause

    def begin(self, url: str) -> Begun:
        said = _asked(url_of(url), "/oauth/device_authorization", _CLIENT)
        return Begun(
            str(said["user_code"]),
            str(said["verification_uri"]),
            str(said["verification_uri_complete"]),
            str(said["device_code"]),
            float(said["interval"]),
            self._clock.now() + float(said["expires_in"]),
        )

    def finish(self, url: str, begun: Begun) -> None:
        """Waits until the code was typed. Raises Unauthenticated where it was refused, or never."""
        given = {**_CLIENT, "grant_type": _DEVICE, "device_code": begun.device_code}
        interval = begun.interval
        while self._clock.now() < begun.until:
            self._pause(interval)
            said = _asked(url_of(url), "/oauth/token", given, waiting=True)
            if "access_token" in said:
                with self._logins.held():
                    self._logins.put(self._login(url_of(url), said))
                return
            interval += 5 if said["error"] == "slow_down" else 0
        raise Unauthenticated("The code was not typed in time.", hint="Run it again.")

    def token(self, url: str) -> str:
        """A good access token of the server, or of the only one. Raises NotFound where nobody is
        signed in, Unauthenticated where that has ended."""
        with self._logins.held():
            login = self._of(url)
            if login.until - self._clock.now() > _MARGIN:
                return login.access
            given = {**_CLIENT, "grant_type": "refresh_token", "refresh_token": login.refresh}
            new = self._login(login.url, _asked(login.url, "/oauth/token", given))
            self._logins.put(new)
            return new.access

    def out(self, url: str) -> str:
        """Ends the sign-in at the server, or at the only one; its address. Raises NotFound."""
        with self._logins.held():
            login = self._of(url)
            self._logins.remove(login.url)
        _asked(login.url, "/oauth/revoke", {**_CLIENT, "token": login.refresh})
        return login.url

    def _of(self, url: str) -> Login:
        found = self._logins.all()
        meant = [one for one in found if one.url == url_of(url)] if url else found
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise InvalidInput("You are signed in at several servers.", hint="Say at which.")
        where = "there" if url else "anywhere"
        raise NotFound(f"You are not signed in {where}.", hint="Run: aicontext login URL.")

    def _login(self, url: str, said: Mapping[str, Any]) -> Login:
        until = self._clock.now() + float(said["expires_in"])
        return Login(url, str(said["access_token"]), str(said["refresh_token"]), until)


def url_of(given: str) -> str:
    """As it is kept. Raises InvalidInput."""
    try:
        parts = urlsplit(given.rstrip("/"))
        named = parts.hostname and "@" not in parts.netloc and parts.port != 0
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
        sound = named and safe and not (parts.query or parts.fragment)
    except ValueError:
        sound = False
    if not sound:
        raise InvalidInput(
            f"{given[:80]!r} is no address to sign in at.",
            hint="Give one such as https://aicontext.example.org; http is for this machine alone.",
        )
    return given.rstrip("/")


def _asked(
    url: str, path: str, given: Mapping[str, str], *, waiting: bool = False
) -> Mapping[str, Any]:
    """The answer; with `waiting`, also one that says to wait. Raises Unauthenticated,
    Unavailable."""
    parts = urlsplit(url)
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=_SECONDS)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    try:
        connection.request("POST", f"{parts.path}{path}", urlencode(given), headers)
        answer = connection.getresponse()
        said = json.loads(answer.read(2**18))
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(
            f"{url} gives no answer that can be used ({type(error).__name__}).",
            hint="Look whether the server runs, and whether that is its address.",
        ) from None
    finally:
        connection.close()
    if not isinstance(said, dict):
        raise Unavailable(f"{url} is no server of ours.")
    if answer.status == 200 or (waiting and said.get("error") in _WAITING):
        return said
    why = str(said.get("error_description") or said.get("detail") or answer.status)[:200]
    raise Unauthenticated(f"{url} says: {why}", hint="Sign in again: aicontext login.")
