"""What a handoff says beside what it quotes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from aicontext.domain.sessions.state import About, Fact, SessionState
from aicontext.domain.transcripts import Session
from aicontext.engine.compress.compact.plan import DONE
from aicontext.engine.state.extract import HANDED

OFFERED = 60
"""Facts of other sessions that are offered to a handoff."""

SEEN = "(you have this whole in your own session)"
"""In the place of what the reader's model has before it."""

LOST = "original no longer kept"
"""In the place of a reference that leads nowhere."""


def opening(session: Session, project: str, fetch: str, *, known: bool) -> str:
    """The first line, in the placeholders of `Frame`. fetch: what fetches the record; "" where
    nothing does. known: something in it stands in the reader's own session."""
    ended = datetime.fromtimestamp(session.ended, UTC).strftime("%Y-%m-%d %H:%M UTC")
    when = f", last at {ended}" if session.ended else ""
    new = f"{SEEN!r} where you have it" if known else "new to you"
    head = f"{HANDED}{session.tool} in {project}{when}: {{messages}} messages in excerpts, {new}. "
    if not fetch:
        return head + "{mark}n] opens message n, {mark} n lines] are left out."
    return head + (
        "{mark}n] opens line n of its record, {mark} n lines] are left out: "
        f"{fetch} --lines 10-40 or --query WORDS. Files were compared with the disk."
    )


def elsewhere(state: SessionState, session: Session) -> Iterator[str]:
    """What other sessions say: where they contradict, then what is open and was decided, the latest
    first."""
    for (about, key), rivals in state.conflicts.items():
        if about is About.CHANGE:
            who = " and ".join(_who(fact) for fact in rivals)
            yield f"conflict: {key} was changed by {who}, each without the other's change"
        else:
            told = " and ".join(f"{_who(fact)} says {fact.value!r}" for fact in rivals)
            yield f"conflict about the {about} {key!r}: {told}"
    others = (
        fact
        for fact in state.about(About.STEP, About.DECISION)
        if fact.cited.writer != (session.tool, session.id)
    )
    said = (line for fact in others if (line := _said(fact)))
    yield from islice(said, OFFERED)


def _said(fact: Fact) -> str:
    """What a step or decision of another session comes to; "" for a step that is done."""
    if fact.about is About.DECISION:
        return f"{_who(fact)}: {fact.value}"
    done = fact.value in DONE
    return "" if done else f"{_who(fact)} left open: {fact.key} ({fact.value})"


def _who(fact: Fact) -> str:
    return f"{fact.cited.tool} ({fact.cited.session[:8]})"
