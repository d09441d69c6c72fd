"""States of projects in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from aicontext.domain.errors import Conflict
from aicontext.domain.sessions.state import Version


class MemorySessionStates:
    """For tests and for hosts that keep nothing."""

    def __init__(self) -> None:
        self._kept: dict[str, list[Version]] = {}
        self._lock = threading.Lock()

    def latest(self, project: str, writer: tuple[str, str] | None = None) -> Version | None:
        found = self.versions(project)
        return next((one for one in found if writer in (None, one.writer)), None)

    def versions(self, project: str) -> Iterator[Version]:
        return iter(list(reversed(self._kept.get(project, []))))

    def put(self, project: str, version: Version) -> None:
        with self._lock:
            kept = self._kept.setdefault(project, [])
            if version.number != len(kept) + 1:
                raise Conflict(f"Version {version.number} is not the next one.", hint="Try again.")
            kept.append(version)
