"""What the model of a session really has before it.

Two records tell it together: the tool's own, of what was said since the conversation last began
anew, and ours, of what the proxy and the hooks let through otherwise than it came. No third one is
kept that could contradict them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from aicontext.domain.events import HookEvent, UsageEvent
from aicontext.domain.transcripts import Session
from aicontext.engine.state.window import blocks
from aicontext.ports.stores.events import Events


def possessed(session: Session, events: Events) -> frozenset[str]:
    """Digests of the blocks that the session's model was sent whole and still has.

    What went out shortened is left out, also where it is not known in which of the tool's
    sessions. Raises Unavailable.
    """
    return blocks(session.messages(), frozenset(_shortened(session, events)))


def _shortened(session: Session, events: Events) -> Iterator[str]:
    """Handles of what did not go out whole: the digests of the originals."""
    calls, births = events.since(session.started), events.hooks_since(session.started)
    told: Iterable[UsageEvent | HookEvent] = chain(calls, births)
    for event in told:
        caller = event.caller
        if caller.tool in ("", session.tool) and caller.session in ("", session.id):
            yield from (change.handle for change in event.changes if change.handle)
