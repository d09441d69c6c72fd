"""States that sessions wrote without knowing of each other, as one."""

from __future__ import annotations

from collections.abc import Iterable

from aicontext.domain.sessions.state import Fact, SessionState


def merged(base: SessionState, mine: SessionState, theirs: SessionState) -> SessionState:
    """What both sides have, and what either one added; what either took away goes.

    base: what both began with. So of one name the side that changed it counts, and where both did,
    differently, both values stay: a conflict, until one of the sides says the other's. The order
    of the sides makes no difference.
    """
    before, left, right = (frozenset(state.facts) for state in (base, mine, theirs))
    kept = (left & right) | (left - before) | (right - before)
    return SessionState.of(f for state in (mine, theirs) for f in state.facts if f in kept)


def taken_in(
    own: Iterable[Fact],
    state: SessionState,
    last: SessionState,
    *,
    writer: tuple[str, str],
    started: float,
) -> SessionState:
    """The project's state with all that a session bears out now in the place of what it did before.

    state: as it is now. last: as it was when the session was last taken in; empty for never.
    started: when the session began, in epoch seconds. What others had said by then it could know,
    so its word on the same thing takes the place of theirs; what they said meanwhile it could not.
    """
    found = tuple(own)
    names = {fact.name for fact in found}
    earlier = [
        fact for fact in state.facts if fact.cited.at < started and fact.cited.writer != writer
    ]
    taken_back = {fact for fact in earlier if fact.name in names}
    base = SessionState.of([*last.facts, *earlier])
    others = [f for f in base.facts if f.cited.writer != writer and f not in taken_back]
    return merged(base, SessionState.of([*others, *found]), state)
