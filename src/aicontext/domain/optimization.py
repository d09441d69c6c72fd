"""What an optimization did: the platform's contract, step by step."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from aicontext.domain.context import Kind, Level

Content = str | list[Any] | dict[str, Any]
"""Text, or a conversation in the form of its API."""


@dataclass(frozen=True, slots=True)
class OptimizationStep:
    """What was done to one block, and why.

    block: its position in the context. source: where it came from, for people. handle: what
    fetches the original from the archive, empty where the block was left as it was.
    """

    block: int
    source: str
    kind: Kind
    level: Level
    original_tokens: int
    optimized_tokens: int
    quality: float
    why: str
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the input costs to send once, in US dollars, without and with optimization."""

    original: float
    optimized: float


@dataclass(frozen=True, slots=True)
class Optimization:
    """The result of optimizing a context; `content` has the form that came in.

    quality_score in [0, 1]: the calibrated share of results scored so that keep all evidence.
    exact: whether the token counts come from the model's own vocabulary.
    """

    content: Content
    model: str
    original_tokens: int
    optimized_tokens: int
    quality_score: float
    exact: bool
    optimizations: tuple[OptimizationStep, ...]
    cost: Cost | None = None
    warnings: tuple[str, ...] = ()

    @property
    def reduction_percentage(self) -> float:
        if not self.original_tokens:
            return 0.0
        return round(100 * (1 - self.optimized_tokens / self.original_tokens), 2)

    def as_dict(self) -> dict[str, object]:
        """The contract as plain values, ready for JSON."""
        return asdict(self) | {"reduction_percentage": self.reduction_percentage}


@dataclass(frozen=True, slots=True)
class BlockReport:
    """One block as it stands, and the cheapest safe way to show it."""

    block: int
    source: str
    kind: Kind
    tokens: int
    reachable_tokens: int
    level: Level
    why: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """A context's structure and where its tokens are."""

    form: str
    model: str
    tokens: int
    reachable_tokens: int
    exact: bool
    blocks: tuple[BlockReport, ...]
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """The analysis as plain values, ready for JSON."""
        return asdict(self)
