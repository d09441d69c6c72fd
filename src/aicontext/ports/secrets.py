"""Keys, tokens and passwords in texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Secrets(Protocol):
    """Finds secrets in any text."""

    def mask(self, text: str) -> tuple[str, Mapping[str, int]]:
        """The text with `[redacted: kind]` for each secret, and how many of each kind there were.

        The mask holds nothing that JSON escapes, so masked JSON stays JSON. Raises MissingExtra.
        """
