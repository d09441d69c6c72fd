"""The states of projects, kept in versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from aicontext.domain.sessions.state import Version


class SessionStates(Protocol):
    """Versions by project, an absolute folder. Raises Unavailable where it cannot be used."""

    def latest(self, project: str, writer: tuple[str, str] | None = None) -> Version | None:
        """The last version, or the last that the writer made; None where there is none."""

    def versions(self, project: str) -> Iterator[Version]:
        """Those that are still kept, the newest first."""

    def put(self, project: str, version: Version) -> None:
        """Keep the version durably: on return it survives `kill -9`.

        Raises Conflict where its number is not the one after the last: another was put meanwhile.
        """
