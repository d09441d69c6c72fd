"""Whom a handoff is for: what its model counts in, can fetch, and has before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aicontext.domain.tools import Tool
from aicontext.domain.transcripts import Session
from aicontext.ports.stores.events import Events
from aicontext.services.integrations.handoff.possession import possessed

Fetch = Callable[[Tool], str]
"""What the model behind a tool says to fetch an original, before its handle; "" where it cannot."""


@dataclass(frozen=True, slots=True)
class Reader:
    """model: whose tokens are counted. fetch: as of `Fetch`. has: digests of the blocks that its
    model has before it already."""

    model: str
    fetch: str = ""
    has: frozenset[str] = frozenset()


class Readers:
    """The models behind tools. models: by protocol, whose tokens are counted for a tool that
    speaks it. events: what the proxy and the hooks let through."""

    def __init__(self, models: Mapping[str, str], fetch: Fetch, events: Events) -> None:
        self._models = models
        self._fetch = fetch
        self._events = events

    def of(self, tool: Tool, model: str = "", session: Session | None = None) -> Reader:
        """The one behind the tool: in a session of its own that goes on, or else in a new one.

        model: whose tokens are counted; else one of those that the tool's protocols serve. Raises
        Unavailable.
        """
        served = (self._models[wire] for wire in self._models if wire in tool.wires)
        has = possessed(session, self._events) if session else frozenset()
        return Reader(model or next(served, ""), self._fetch(tool), has)
