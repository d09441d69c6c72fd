"""The model that a context is for."""

from __future__ import annotations

from dataclasses import dataclass

from aicontext.domain.context import Count
from aicontext.domain.optimization import Cost
from aicontext.domain.usage import Model


def unknown(model: Model) -> tuple[str, ...]:
    """A warning where the catalogue does not know the model."""
    if model.known:
        return ()
    return (f"The model {model.id!r} is not in the catalogue: its tokens are a guess.",)


@dataclass(frozen=True, slots=True)
class Target:
    """The model that a context is for. exact: its counts come from its own vocabulary."""

    model: Model
    count: Count
    exact: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        return unknown(self.model)

    def cost(self, before: int, after: int) -> Cost | None:
        """What sending these input tokens once costs, nothing cached."""
        old, new = self.model.prices_at(before), self.model.prices_at(after)
        if old is None or new is None:
            return None
        return Cost(before * old.input / 1e6, after * new.input / 1e6)
