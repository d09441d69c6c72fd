"""Numbers in the form in which they are fetched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from aicontext.domain.analytics.measures import Family


class Exposition(Protocol):
    def written(self, families: Iterable[Family]) -> tuple[str, bytes]:
        """(media type, content)."""
