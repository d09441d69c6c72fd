"""Large things in memory, as many as are worth it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock


class Resident:
    """Loads what is used and forgets all but the `most` used last. Threads may share one: those
    that use a thing for the first time at once load it once.

    forget: a thread that began to use one before may still do so. turns: how often loading was
    begun or ended.
    """

    def __init__(
        self, most: int, load: Callable[[str], None], forget: Callable[[str], None]
    ) -> None:
        self._most, self._load, self._forget = most, load, forget
        self._used: list[str] = []
        self.turns = 0
        self._lock = Lock()

    def use(self, name: str) -> None:
        """name: of a thing, which is loaded from then on."""
        if self._used[-1:] == [name]:
            return
        with self._lock:
            if name in self._used:
                self._used.remove(name)
            else:
                for other in self._used[: len(self._used) + 1 - self._most]:
                    self._used.remove(other)
                    self._forget(other)
                self.turns += 1
                try:
                    self._load(name)
                finally:
                    self.turns += 1
            self._used.append(name)
