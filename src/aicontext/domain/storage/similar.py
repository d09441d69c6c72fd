"""Contexts that are like one another."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class KeptContext:
    """A context that can be found again. handle: fetches it from the archive. source: where it came
    from, for people. tokens: of the service's own model. at: epoch seconds when it was kept."""

    handle: str
    source: str
    kind: str
    tokens: int
    at: float


@dataclass(frozen=True, slots=True)
class SimilarContext:
    """score in [-1, 1]: how alike the contexts are, as the model of embeddings sees it; those of
    different models cannot be compared."""

    score: float
    context: KeptContext

    def as_dict(self) -> dict[str, object]:
        return {"score": self.score, **asdict(self.context)}
