"""The record of what we changed in files of others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from aicontext.domain.tools import Held


class Connections(Protocol):
    """Files that hold parts of ours, by path. Raises Unavailable where it cannot be used."""

    def locked(self) -> AbstractContextManager[None]:
        """Keeps other processes from changing anything meanwhile."""

    def all(self) -> Iterator[Held]:
        """By path."""

    def keep(self, held: Held) -> None:
        """Durably: on return it survives `kill -9`."""

    def forget(self, path: str) -> None: ...
