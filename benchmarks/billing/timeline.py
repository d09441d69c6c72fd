"""When a session's calls are sent, and what forks, retries and sub-agents run beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sessions import Event, Session, Turn, draw

_RETRIED, _LEAST, _FORKED, _DELEGATED = 25, 6, 6, 8
_FORKS = ("Take that back and try another way first.", "Wait: before you go on, check the callers.")
_TASKS = ("Find out where this is handled.", "Look for tests of this and run them.")


@dataclass(frozen=True, slots=True, eq=False)
class Thread:
    """A conversation. begin: its first turn that it sends itself; what stands before was sent by
    the thread that it left. agent: the sub-agent that holds it, "" for the session's own."""

    name: str
    turns: tuple[Turn, ...]
    begin: int = 0
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """The request of a thread's turn at this index, sent at this time (seconds)."""

    at: float
    thread: Thread
    turn: int


def recorded(session: Session) -> list[Call]:
    """The session's own calls."""
    threads = [Thread(f"own{n}", turns) for n, turns in enumerate(session.conversations)]
    return _ordered(_calls(threads))


def branched(session: Session) -> list[Call]:
    """The same with a fork, two parallel sub-agents, and retries of one call in _RETRIED.

    A fork goes on from one turn with other words of the user, a few calls after that turn; a
    sub-agent does a stretch of the session's own work under a task of its own. Where they begin
    is drawn by the session's id; their steps take as long as the recorded ones.
    """
    calls = recorded(session)
    longest = max(session.conversations, key=len)
    if len(longest) >= _LEAST:
        calls += _calls([_fork(session, longest), *_agents(session, longest)])
    for index, call in enumerate(recorded(session)):
        if not draw(session.id, f"retry{index}", _RETRIED):
            late = call.at + 1 + draw(session.id, f"wait{index}", 30)
            calls.append(Call(late, call.thread, call.turn))
    return _ordered(calls)


def _fork(session: Session, turns: Sequence[Turn]) -> Thread:
    at = 1 + draw(session.id, "fork", len(turns) - 2)
    words = _FORKS[draw(session.id, "words", len(_FORKS))]
    begin = turns[min(at + 2, len(turns) - 1)].at + 5 + draw(session.id, "pause", 600)
    first = Turn(begin, (*turns[at].said, _user(words)), turns[at].answer)
    return Thread("fork", (*turns[:at], *_shifted(first, turns[at : at + _FORKED])), at)


def _agents(session: Session, turns: Sequence[Turn]) -> Iterator[Thread]:
    for number, task in enumerate(_TASKS):
        at = draw(session.id, f"agent{number}", len(turns) - 2)
        first = Turn(turns[at].at + number + 1, (_user(task),), turns[at].answer)
        steps = tuple(_shifted(first, turns[at : at + _DELEGATED]))
        yield Thread(f"agent{number}", steps, agent=f"explorer {number}")


def _shifted(first: Turn, turns: Sequence[Turn]) -> Iterator[Turn]:
    """`first` in place of the first of the turns, and the others as long after it as they were."""
    yield first
    at = first.at
    for earlier, later in pairwise(turns):
        at += later.at - earlier.at
        yield Turn(at, later.said, later.answer)


def _user(text: str) -> Event:
    return {"role": "user", "text": text}


def _calls(threads: Sequence[Thread]) -> list[Call]:
    return [
        Call(thread.turns[index].at, thread, index)
        for thread in threads
        for index in range(thread.begin, len(thread.turns))
    ]


def _ordered(calls: Sequence[Call]) -> list[Call]:
    return sorted(calls, key=lambda call: (call.at, call.thread.name, call.turn))
