"""Usage events, and what they add up to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aicontext import settings as environment

if TYPE_CHECKING:
    from aicontext.domain.events import By
    from aicontext.ports.stores.events import Events
    from aicontext.services.analytics.savings import Books, Savings
    from aicontext.settings import Settings


def events(settings: Settings | None = None, *, kept: bool = False) -> Events:
    """The user's usage events. kept: for who writes often, and closes them at the end."""
    from aicontext.adapters.events.sqlite import SqliteEvents

    return SqliteEvents((settings or environment.load()).home / "usage.db", kept=kept)


def books(by: By) -> Books:
    """Sums to which events can be added."""
    from aicontext.services.analytics.savings import Books

    return Books(by)


def savings(by: By, since: float, settings: Settings | None = None) -> Savings:
    """What was saved in calls, and by hooks, from `since` on, in seconds since the epoch."""
    from aicontext.services.analytics.births import births
    from aicontext.services.analytics.savings import savings as summed

    kept = events(settings)
    found = summed(kept.since(since), by)
    hooks = births(kept.hooks_since(since), found.sessions)
    return replace(found, lost=kept.lost(since), hooks=hooks)
