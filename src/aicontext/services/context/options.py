"""What is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from aicontext.domain.context import Kind
from aicontext.domain.requests import Outcome


@dataclass(frozen=True, slots=True)
class Options:
    """What is left alone: results of these tools, blocks of these kinds and, as a control to
    compare with, a share in [0, 1] of all conversations; or, where `optimize` is false, all.
    command: shells on this machine know `aicontext`."""

    skipped_tools: frozenset[str] = frozenset()
    skipped_kinds: frozenset[Kind] = frozenset()
    holdout: float = 0.0
    optimize: bool = True
    command: bool = True

    def left_alone(self, name: bytes) -> Outcome | None:
        """As what the conversation of that name is left alone, in each process the same ones;
        None where it is not."""
        if not self.optimize:
            return Outcome.COUNTED
        share = int.from_bytes(sha256(name).digest()[:8], "big") / 2**64
        return Outcome.CONTROL if share < self.holdout else None
