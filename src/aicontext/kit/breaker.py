"""A circuit breaker: what failed again and again is left alone for a while."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Breaker:
    """Closed until `threshold` failures in a row; then open for `cooldown` seconds.

    After that it is half open: one caller in each cooldown may try. A success closes it. Times are
    seconds on any clock that never goes back.
    """

    threshold: int = 3
    cooldown: float = 10.0
    _failures: int = 0
    _until: float = 0.0

    @property
    def closed(self) -> bool:
        return self._failures < self.threshold

    def allows(self, now: float) -> bool:
        """Whether the caller may try. Where half open this takes the one try, so ask once."""
        if self.closed:
            return True
        if now < self._until:
            return False
        self._until = now + self.cooldown
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self, now: float) -> None:
        self._failures += 1
        if not self.closed:
            self._until = now + self.cooldown
