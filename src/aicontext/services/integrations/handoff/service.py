"""The shared state of a project, and handoffs from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePath

from aicontext.domain.context import handle
from aicontext.domain.errors import Conflict, NotFound, Unavailable
from aicontext.domain.messages import Message
from aicontext.domain.sessions.state import About, Fact, SessionState, Version
from aicontext.domain.tools import Tool
from aicontext.domain.transcripts import Session
from aicontext.engine.compress.compact import Frame, compact
from aicontext.engine.compress.compact.files import touched
from aicontext.engine.estimate.catalogue import model as catalogued
from aicontext.engine.estimate.counter import counter, estimate
from aicontext.engine.state.extract import facts, told
from aicontext.engine.state.files import Followed
from aicontext.engine.state.merge import taken_in
from aicontext.engine.state.record import record
from aicontext.kit.clock import CLOCK, Clock
from aicontext.ports.archive import Archive
from aicontext.ports.files import Files
from aicontext.ports.session_states import SessionStates
from aicontext.ports.transcripts import Transcripts
from aicontext.services.integrations.handoff.disk import OnDisk, compared, remarks
from aicontext.services.integrations.sessions import newest_in
from aicontext.services.integrations.sessions import session as named

BUDGET = 8_000
"""Tokens of a handoff where no others are asked for."""

ATTEMPTS = 50
"""How often a state is written anew because another was written meanwhile."""

_HANDLE = re.compile(r"\b(aicontext retrieve|retrieve) ([0-9a-f]{12})\b")
_ELSEWHERE = 60
"""Facts of other sessions that are offered to a handoff."""

Fetch = Callable[[Tool], str]
"""What the model behind a tool says to fetch an original, before its handle; "" where it cannot."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """What a session of another tool can go on from.

    text: of at most `budget` tokens in the vocabulary of `model`; exact: as counted in it. handle:
    of the session's record in the archive; "" where it is not kept or cannot be fetched. version:
    of the project's state. files: beside the disk, by path.
    """

    text: str
    tokens: int
    budget: int
    model: str
    exact: bool
    session: Session
    handle: str
    version: Version
    files: Mapping[str, OnDisk] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class HandoffService:
    """models: by protocol, whose tokens are counted for a tool that speaks it."""

    def __init__(
        self,
        transcripts: Transcripts,
        states: SessionStates,
        archive: Archive,
        files: Files,
        *,
        models: Mapping[str, str],
        fetch: Fetch,
        clock: Clock = CLOCK,
    ) -> None:
        self._transcripts = transcripts
        self._states = states
        self._archive = archive
        self._files = files
        self._models = models
        self._fetch = fetch
        self._clock = clock

    def find(self, tools: Sequence[Tool], project: str, session: str = "") -> Session:
        """The session that is meant: of the one tool by its name, else the newest in the project.

        Raises NotFound, Unavailable.
        """
        if session:
            return named(tools[0], self._transcripts, session)
        return newest_in(project, tools, self._transcripts)

    def taken_in(self, session: Session, folder: str) -> Version:
        """The state of the project with all that the session bears out, durably kept.

        folder: of the project; where the session ran elsewhere, it is that of the session's own.
        Raises Unavailable.
        """
        own, writer = facts(session), (session.tool, session.id)
        project = _project(session, folder)
        for _ in range(ATTEMPTS):
            latest = self._states.latest(project)
            last = self._states.latest(project, writer)
            state = taken_in(
                own,
                latest.state if latest else SessionState(),
                last.state if last else SessionState(),
                writer=writer,
                started=session.started,
            )
            if latest and last and latest.state == state:
                return latest
            number = latest.number + 1 if latest else 1
            version = Version(number, state, writer, self._clock.now())
            try:
                self._states.put(project, version)
            except Conflict:
                continue
            return version
        raise Unavailable("Others keep writing the state of the project.", hint="Try again.")

    def hand_off(
        self,
        session: Session,
        target: Tool,
        folder: str,
        *,
        budget: int = BUDGET,
        model: str = "",
    ) -> Handoff:
        """The session as a text for the target, and its state taken in; folder as there.

        Raises BudgetTooSmall, Unavailable.
        """
        version = self.taken_in(session, folder)
        own = SessionState.of(facts(session))
        messages = [message for _, message in told(session)]
        name = model or self.model(target)
        count = counter(name)
        fetch = self._fetch(target)
        kept, numbers, warnings = self._kept(messages, fetch)
        seen = compared(own, session.project or folder, self._files)
        frame = Frame(
            _opening(session, _project(session, folder), f"{fetch}{kept}" if kept else ""),
            numbers,
            [(f.cited.message - 1, f.value) for f in own.about(About.DECISION)],
            remarks(_paths(messages, session.project), seen),
            list(_elsewhere(version.state, session)),
        )
        done = compact(self._live(messages, fetch), budget, count, frame=frame)
        if not catalogued(name).known:
            warnings += (f"The model {name!r} is not in the catalogue: its tokens are a guess.",)
        return Handoff(
            done.text,
            done.tokens,
            budget,
            name,
            estimate("", name).exact,
            session,
            kept,
            version,
            seen,
            warnings,
        )

    def model(self, tool: Tool) -> str:
        """Whose tokens are counted for the tool; "" where that is not known."""
        return next((self._models[wire] for wire in self._models if wire in tool.wires), "")

    def _kept(
        self, messages: Sequence[Message], fetch: str
    ) -> tuple[str, Sequence[int], tuple[str, ...]]:
        """(handle of the record, the line of each message in it, warnings); ("", (), ...) where it
        cannot be fetched."""
        if not fetch:
            return (
                "",
                (),
                ("The target has no way to fetch originals: only what is shown is there.",),
            )
        text, places = record(messages)
        try:
            self._archive.put(text)
        except Unavailable as error:
            return "", (), (f"{error} So nothing in it can be fetched.",)
        return handle(text), places, ()

    def _live(self, messages: Sequence[Message], fetch: str) -> list[Message]:
        """The messages with references of ours that lead nowhere said to be such."""
        known: dict[str, bool] = {}

        def named(match: re.Match[str]) -> str:
            if match[2] not in known:
                known[match[2]] = bool(fetch) and self._holds(match[2])
            return match[0] if known[match[2]] else "original no longer kept"

        return [
            replace(one, text=_HANDLE.sub(named, one.text)) if "retrieve " in one.text else one
            for one in messages
        ]

    def _holds(self, name: str) -> bool:
        try:
            self._archive.get(name)
        except (NotFound, Unavailable):
            return False
        return True


def _project(session: Session, folder: str) -> str:
    within = not session.project or PurePath(session.project).is_relative_to(folder)
    return folder if within else session.project


def _opening(session: Session, project: str, record_at: str) -> str:
    ended = datetime.fromtimestamp(session.ended, UTC).strftime("%Y-%m-%d %H:%M UTC")
    when = f", last at {ended}" if session.ended else ""
    head = (
        f"Handoff: go on where this session stopped. It ran in {session.tool}{when}, in {project}; "
        "{messages} messages in excerpts, none of which you have seen. "
    )
    if not record_at:
        return head + "{mark}n] opens message n, {mark} n lines] stands for what is left out."
    return head + (
        "{mark}n] opens what begins at line n of its record, {mark} n lines] stands for what is "
        f"left out; fetch it: {record_at} --lines 10-40, or --query WORDS. "
        "Files were compared with the disk just now."
    )


def _elsewhere(state: SessionState, session: Session) -> Iterator[str]:
    """What other sessions say: where they contradict, what is open, what they decided."""
    for (about, key), rivals in state.conflicts.items():
        if about is About.CHANGE:
            who = " and ".join(_who(fact) for fact in rivals)
            yield f"conflict: {key} was changed by {who}, each without the other's change"
        else:
            said = " and ".join(f"{_who(fact)} says {fact.value!r}" for fact in rivals)
            yield f"conflict about the {about} {key!r}: {said}"
    others = [
        fact
        for kind in (About.STEP, About.DECISION)
        for fact in state.about(kind)
        if fact.cited.writer != (session.tool, session.id)
    ]
    for fact in others[:_ELSEWHERE]:
        if fact.about is About.DECISION:
            yield f"{_who(fact)}: {fact.value}"
        elif fact.value not in ("completed", "done"):
            yield f"{_who(fact)} left open: {fact.key} ({fact.value})"


def _who(fact: Fact) -> str:
    return f"{fact.cited.tool} ({fact.cited.session[:8]})"


def _paths(messages: Sequence[Message], project: str) -> dict[str, str]:
    """As the session wrote them -> as in the facts."""
    followed = Followed(project)
    return {path: followed.path(path) for path in touched(messages)[0]}
