"""Plugins by entry points, as packages declare them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import entry_points

from aicontext.ports.plugins import Found

GROUP = "aicontext.tools"


class EntryPoints:
    """Of the environment that this runs in."""

    def all(self) -> Iterable[Found]:
        for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
            yield Found(point.name, point.dist.name if point.dist else "", point.load)
