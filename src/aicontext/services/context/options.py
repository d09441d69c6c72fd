"""What is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from aicontext.domain.context import Kind


@dataclass(frozen=True, slots=True)
class Options:
    """What is left alone: results of these tools, blocks of these kinds and, as a control to
    compare with, a share in [0, 1] of all conversations. command: shells on this machine know
    `aicontext`."""

    skipped_tools: frozenset[str] = frozenset()
    skipped_kinds: frozenset[Kind] = frozenset()
    holdout: float = 0.0
    command: bool = True

    def is_control(self, name: bytes) -> bool:
        """Whether the conversation of that name is left alone: in each process the same ones."""
        share = int.from_bytes(sha256(name).digest()[:8], "big") / 2**64
        return share < self.holdout
