"""Sign-ins in a file that only its owner may read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from aicontext.adapters import atomic
from aicontext.adapters.lock import locked
from aicontext.domain.errors import Unavailable
from aicontext.ports.access.logins import Login


class LoginsFile:
    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def held(self) -> Iterator[None]:
        with ExitStack() as lock:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                lock.enter_context(locked(self._path.with_suffix(".lock")))
            except OSError as error:
                raise self._failed(error) from None
            yield

    def get(self, url: str) -> Login | None:
        return next((one for one in self.all() if one.url == url), None)

    def all(self) -> list[Login]:
        try:
            return [Login(**one) for one in json.loads(self._path.read_bytes())]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise self._failed(error) from None

    def put(self, login: Login) -> None:
        self._write([*(one for one in self.all() if one.url != login.url), login])

    def remove(self, url: str) -> None:
        self._write([one for one in self.all() if one.url != url])

    def _write(self, logins: list[Login]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            text = json.dumps([asdict(one) for one in logins], indent=1)
            atomic.replace(self._path, text.encode(), mode=0o600)
            self._path.chmod(0o600)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"The sign-ins in {self._path} cannot be used ({type(error).__name__}).",
            hint="Remove the file, then sign in again: aicontext login.",
        )
