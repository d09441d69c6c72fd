"""The answers to hooks: a smaller output, a word at a session's start, a status line, or nothing.

Nothing means that the tool goes on with what it has. What was done is kept as hook events.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Protocol

from aicontext.domain.errors import AiContextError, InvalidInput, Unavailable
from aicontext.domain.events import HookEvent, Moment
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.ids import NewId, time_ordered
from aicontext.services.integrations.hooks import statusline
from aicontext.services.integrations.hooks.calls import HookCall, put, read, strings, texts
from aicontext.services.integrations.hooks.dialects import (
    DIALECTS,
    TOLD_AT_START,
    Answer,
    Dialect,
    moment,
)
from aicontext.services.integrations.hooks.previews import SHOWN, persisted

SHORT = 400
"""Characters below which a text is left alone and not counted: it has hardly 100 tokens."""

INJECTED = 10_000
"""Characters that tools take of a text that is put into a session."""

REASON = 200
"""Characters of a reason that are kept."""

PROBE = "aicontext-check"
"""The session of our own probes: nothing is recorded of it, and it is left alone only where all but
a twentieth of the sessions are."""

_DAY = 86_400

LeftOff = Callable[[str, str, str], str]
"""What another tool's session left in a folder, from the tool's id, its session and the folder; ""
where there is nothing. Raises AiContextError."""

_COMPACTING = (
    "Marks such as `[… 812 tokens: aicontext retrieve 3f9a2c1b7d20]` fetch an original that was "
    "shortened: keep those whose originals may still be needed, word for word."
)


class Birth(Protocol):
    """A text as the tool is given it. tokens: as it was born."""

    @property
    def text(self) -> str: ...
    @property
    def tokens(self) -> int: ...
    @property
    def change(self) -> Change | None: ...


class Births(Protocol):
    """Makes texts smaller as they are born, and keeps the originals."""

    def count(self, text: str) -> int: ...
    def born(self, text: str, tool: str, arguments: str) -> Birth: ...


@dataclass(frozen=True, slots=True)
class Told:
    """introduction: what a model is told at a session's start, if anything. tools: ids of all that
    are known."""

    introduction: str
    tools: Collection[str]


@dataclass(frozen=True, slots=True)
class Book:
    """Of hooks' own events. keep: takes some durably, on their way to those of `since` a time.
    Either raises AiContextError."""

    keep: Callable[[Sequence[HookEvent]], None]
    since: Callable[[float], Iterator[HookEvent]]


class HookService:
    def __init__(
        self,
        births: Callable[[], Births],
        book: Book,
        told: Callable[[], Told],
        left_alone: Callable[[bytes], Outcome | None],
        *,
        left_off: LeftOff = lambda tool, session, folder: "",
        preview: Callable[[str], str] = lambda path: "",
        clock: Clock = CLOCK,
        new_id: NewId = time_ordered,
    ) -> None:
        """births, told: made when they are first needed. left_alone: as what the session of that
        name is left alone, if it is. preview: what of a file's text is worth most, in at most SHOWN
        bytes; "" where that cannot be had."""
        self._births = births
        self._book = book
        self._told = told
        self._named_left_alone = left_alone
        self._left_off = left_off
        self._preview = preview
        self._clock = clock
        self._new_id = new_id

    def answer(self, tool: str, event: str, payload: bytes | None) -> bytes:
        """What is said to the tool of that id when it calls its hook so; empty where it goes on
        with what it has. payload: None where it was too much, or did not end.

        Raises InvalidInput where the event cannot be read, and what else goes wrong: the edge
        hands it to `failed` and says nothing to the tool.
        """
        if payload is None:
            raise InvalidInput("The event is too large, or did not end in time.")
        if tool not in DIALECTS and tool not in self._told().tools:
            raise InvalidInput("There is no such tool.", hint="See: aicontext tools --all.")
        call, dialect = read(event, payload), DIALECTS.get(tool)
        if call.moment is Moment.STATUS_LINE:
            return statusline.line(call.said or {}, self._saved(tool, call.session)).encode()
        if call.moment is Moment.AFTER_TOOL and call.output is not None:
            if tool == "claude-code" and (path := persisted(call)):
                return self._previewed(tool, call, path)
            return self._born(tool, call, dialect)
        self._note(self._event(tool, call))
        if self._left_alone(call):
            return b""
        introduced = dialect is not None and dialect.introduced
        if call.moment is Moment.SESSION_START:
            return _injected(call.event, self._at_start(tool, call, introduced=introduced))
        compacts = introduced and call.moment is Moment.BEFORE_COMPACTION
        return _COMPACTING.encode() if compacts else b""

    def warm(self) -> None:
        """Makes what the first long output would wait for."""
        self._births().count("")

    def failed(self, tool: str, event: str, error: Exception) -> None:
        """Counts an error of ours, without what the event held."""
        why = error.message if isinstance(error, InvalidInput) else type(error).__name__
        caller = Caller(tool[:64])
        now = self._clock.now()
        self._note(
            HookEvent(self._new_id(now), now, caller, moment(event), Outcome.PASSED, why=why)
        )

    def _born(self, tool: str, call: HookCall, dialect: Dialect | None) -> bytes:
        births, noted = self._births(), self._event(tool, call)
        readable = list(texts(call.output, dialect.paths(call.tool))) if dialect else []
        left = self._left_alone(call) if readable else None
        if not readable or left or not call.whole:
            tokens = sum(births.count(one) for one in strings(call.output) if len(one) >= SHORT)
            outcome = left or Outcome.UNCHANGED
            self._note(
                replace(noted, outcome=outcome, original_tokens=tokens, optimized_tokens=tokens)
            )
            return b""
        assert dialect
        output, changes, before = call.output, [], 0
        for place, text in readable:
            if len(text) < SHORT:
                continue
            birth = births.born(text, call.tool, call.arguments)
            before += birth.tokens
            if birth.change:
                output = put(output, place, birth.text)
                why = birth.change.why[:REASON]
                changes.append(replace(birth.change, source=call.tool, why=why))
        answer = _replaced(dialect.answer, call.event, output) if changes else b""
        self._note(
            replace(
                noted,
                outcome=Outcome.OPTIMIZED if changes else Outcome.UNCHANGED,
                original_tokens=before,
                optimized_tokens=before
                - sum(one.original_tokens - one.optimized_tokens for one in changes),
                changes=tuple(changes),
            )
        )
        return answer

    def _previewed(self, tool: str, call: HookCall, path: str) -> bytes:
        """A better preview, no longer, of an output that the tool keeps in that file."""
        births, left = self._births(), self._left_alone(call)
        usual = births.count(call.output["stdout"][:SHOWN])
        noted = replace(
            self._event(tool, call),
            outcome=left or Outcome.UNCHANGED,
            original_tokens=usual,
            optimized_tokens=usual,
        )
        shown = "" if left else self._preview(path)
        if not shown or len(shown.encode("utf-8", "replace")) > SHOWN:
            self._note(noted)
            return b""
        tokens = births.count(shown)
        self._note(replace(noted, outcome=Outcome.OPTIMIZED, optimized_tokens=tokens))
        return _replaced(Answer.CLAUDE, call.event, {**call.output, "stdout": shown})

    def _at_start(self, tool: str, call: HookCall, *, introduced: bool) -> str:
        said = call.said or {}
        texts = [self._told().introduction.strip()] if introduced else []
        folder = said.get("cwd")
        # What is resumed has its own past, and what was cleared is to have none.
        if tool in TOLD_AT_START and said.get("source", "startup") == "startup" and folder:
            try:
                texts.append(self._left_off(tool, call.session, str(folder)))
            except AiContextError as error:
                self.failed(tool, call.event, error)
        return "\n\n".join(filter(None, texts))

    def _left_alone(self, call: HookCall) -> Outcome | None:
        return self._named_left_alone(call.session.encode("utf-8", "replace"))

    def _event(self, tool: str, call: HookCall) -> HookEvent:
        """A hook that stands in the settings twice is called twice, and counts once."""
        now = self._clock.now()
        named = f"{tool}\0{call.session}\0{call.moment}\0{call.id}"
        name = sha256(named.encode("utf-8", "replace")).hexdigest()[:32] if call.id else ""
        return HookEvent(
            name or self._new_id(now),
            now,
            Caller(tool, call.session),
            call.moment,
            Outcome.UNCHANGED,
            source=call.tool,
        )

    def _note(self, event: HookEvent) -> None:
        """Kept where it can be; the tool goes on all the same."""
        if event.caller.session == PROBE:
            return
        try:
            self._book.keep([event])
        except AiContextError:
            return

    def _saved(self, tool: str, session: str) -> int:
        """Tokens of the session's outputs that were saved in the last day."""
        try:
            return sum(_saved(self._book, self._clock.now() - _DAY, tool, session))
        except Unavailable:
            return 0


def _saved(book: Book, since: float, tool: str, session: str) -> Iterator[int]:
    for one in book.since(since):
        if (one.caller.tool, one.caller.session) == (tool, session):
            yield one.original_tokens - one.optimized_tokens


def _replaced(how: Answer, event: str, output: Any) -> bytes:
    if how is Answer.CLAUDE:
        return _json({"hookSpecificOutput": {"hookEventName": event, "updatedToolOutput": output}})
    if how is Answer.COPILOT:
        return _json({"modifiedResult": output})
    if how is Answer.DENY:
        said = "aicontext shortened this output; its mark fetches the original"
        return _json({"decision": "deny", "reason": output, "system_message": said})
    return _json({"output": output})


def _injected(event: str, text: str) -> bytes:
    if not text:
        return b""
    said = {"hookEventName": event, "additionalContext": text[:INJECTED]}
    return _json({"hookSpecificOutput": said})


def _json(value: Any) -> bytes:
    """Raises ValueError for numbers that JSON does not have."""
    return json.dumps(value, allow_nan=False).encode()
