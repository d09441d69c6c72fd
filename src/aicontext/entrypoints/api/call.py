"""One request on its way through the API."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aicontext.domain.errors import AiContextError, Unauthenticated
from aicontext.domain.tenancy.access import Principal
from aicontext.kit.clock import Clock

Scope = MutableMapping[str, Any]

_KEY = "aicontext.call"


@dataclass(slots=True)
class Call:
    """What the layers know of a request. address: where it came from. principal: who asks; None
    where that is not known, and `refusal` says why. stages: milliseconds by name. headers: further
    ones of the answer."""

    id: str
    address: str
    clock: Clock
    principal: Principal | None = None
    refusal: AiContextError | None = None
    stages: dict[str, float] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, scope: Scope) -> Call:
        found = scope[_KEY]
        assert isinstance(found, cls)
        return found

    def attach(self, scope: Scope) -> None:
        scope[_KEY] = self

    @property
    def known(self) -> Principal:
        """Raises Unauthenticated."""
        if self.principal is not None:
            return self.principal
        raise self.refusal or Unauthenticated(
            "This needs a credential.", hint="Send `Authorization: Bearer` and a key or token."
        )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Adds the time that the block takes to a stage."""
        began = self.clock.tick()
        try:
            yield
        finally:
            took = 1000 * (self.clock.tick() - began)
            self.stages[name] = self.stages.get(name, 0.0) + took
