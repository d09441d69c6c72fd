"""The shared state of a project, and handoffs from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from aicontext.domain.context import handle
from aicontext.domain.errors import Conflict, Unavailable
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
from aicontext.ports.files import Files
from aicontext.ports.secrets import Secrets
from aicontext.ports.stores.archive import Archive
from aicontext.ports.stores.session_states import SessionStates
from aicontext.ports.transcripts import Transcripts
from aicontext.services.integrations.handoff.disk import OnDisk, compared, remarks
from aicontext.services.integrations.handoff.readers import Reader
from aicontext.services.integrations.handoff.references import readable
from aicontext.services.integrations.handoff.wording import SEEN, elsewhere, opening
from aicontext.services.integrations.sessions import newest_in
from aicontext.services.integrations.sessions import session as named

BUDGET = 8_000
"""Tokens of a handoff where no others are asked for."""

ATTEMPTS = 50
"""How often a state is written anew because another was written meanwhile."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """What a session of another tool can go on from.

    text: of at most `budget` tokens in the vocabulary of `model`; exact: as counted in it.
    original_tokens: of the session. handle: of its record in the archive; "" where it is not kept
    or cannot be fetched. version: of the project's state. files: beside the disk, by path.
    """

    text: str
    tokens: int
    original_tokens: int
    budget: int
    model: str
    exact: bool
    session: Session
    handle: str
    version: Version
    files: Mapping[str, OnDisk] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class HandoffService:
    """Sessions taken in, and handed on."""

    def __init__(
        self,
        transcripts: Transcripts,
        states: SessionStates,
        archive: Archive,
        *,
        files: Files,
        secrets: Secrets,
        clock: Clock = CLOCK,
    ) -> None:
        self._transcripts = transcripts
        self._states = states
        self._archive = archive
        self._files = files
        self._secrets = secrets
        self._clock = clock

    def find(self, tools: Sequence[Tool], project: str, session: str = "") -> Session:
        """The session that is meant: of the one tool by its name, else the newest in the project.

        Raises NotFound, Unavailable.
        """
        if session:
            return named(tools[0], self._transcripts, session)
        return newest_in(project, tools, self._transcripts)

    def taken_in(self, session: Session, folder: str, own: Sequence[Fact]) -> Version:
        """The state of the project with what the session bears out, durably kept.

        folder: of the project; where the session ran elsewhere, it is that of the session's own.
        own: the session's facts.
        Raises Unavailable.
        """
        project, writer = _project(session, folder), (session.tool, session.id)
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
        reader: Reader,
        folder: str,
        budget: int = BUDGET,
        *,
        redact: bool = False,
    ) -> Handoff:
        """The session as a text for the reader, and its state taken in; folder as there.

        redact: mask secrets first, in all that is written and kept. Where the state or the record
        cannot be kept, a warning says so. Raises BudgetTooSmall, MissingExtra.
        """
        session = self._redacted(session) if redact else session
        own = SessionState.of(facts(session))
        version, warnings = self._versioned(session, folder, own)
        messages = [message for _, message in told(session)]
        kept, numbers, unkept = self._kept(messages, reader.fetch)
        warnings += unkept
        seen = compared(own, session.project or folder, self._files)
        shown = readable(messages, reader.has, self._archive if kept else None)
        known = any(one.text == SEEN for one in shown)
        fetch = f"{reader.fetch}{kept}" if kept else ""
        frame = Frame(
            opening(session, _project(session, folder), fetch, known=known),
            numbers,
            [(fact.cited.message - 1, fact.value) for fact in own.about(About.DECISION)],
            remarks(_paths(messages, session.project), seen),
            list(elsewhere(version.state, session)),
        )
        count = counter(reader.model)
        done = compact(shown, budget, count, frame=frame)
        if not catalogued(reader.model).known:
            told_ = f"The model {reader.model!r} is not in the catalogue: its tokens are a guess."
            warnings += (told_,)
        if disputed := len(version.state.conflicts):
            warnings += (f"Sessions disagree on {disputed}: see conflicts in --json.",)
        return Handoff(
            text=done.text,
            tokens=done.tokens,
            original_tokens=sum(count(message.text) for message in messages),
            budget=budget,
            model=reader.model,
            exact=estimate("", reader.model).exact,
            session=session,
            handle=kept,
            version=version,
            files=seen,
            warnings=warnings,
        )

    def _versioned(
        self, session: Session, folder: str, own: SessionState
    ) -> tuple[Version, tuple[str, ...]]:
        """The project's state; the session's alone, and why, where it cannot be kept."""
        try:
            return self.taken_in(session, folder, own.facts), ()
        except Unavailable as error:
            alone = Version(0, own, (session.tool, session.id), self._clock.now())
            return alone, (f"{error} So nothing of other sessions is in it.",)

    def _redacted(self, session: Session) -> Session:
        def masked(message: Message) -> Message:
            text, found = self._secrets.mask(message.text)
            return replace(message, text=text) if found else message

        turns = (replace(t, messages=tuple(map(masked, t.messages))) for t in session.turns)
        return replace(session, turns=tuple(turns))

    def _kept(
        self, messages: Sequence[Message], fetch: str
    ) -> tuple[str, Sequence[int], tuple[str, ...]]:
        """(handle of the record, the line of each message in it, warnings); ("", (), ...) where it
        cannot be fetched."""
        if not fetch:
            return "", (), ("The tool has no way to fetch originals: only this text is there.",)
        text, places = record(messages)
        try:
            self._archive.put(text)
        except Unavailable as error:
            return "", (), (f"{error} So nothing in it can be fetched.",)
        return handle(text), places, ()


def _project(session: Session, folder: str) -> str:
    within = not session.project or PurePath(session.project).is_relative_to(folder)
    return folder if within else session.project


def _paths(messages: Sequence[Message], project: str) -> dict[str, str]:
    """As the session wrote them -> as in the facts."""
    followed = Followed(project)
    return {path: followed.path(path) for path in touched(messages)[0]}
