"""Whole sessions made smaller without ever changing what was sent.

A fold over the messages: each tool result is shown in the fewest tokens, given only what really
stands before it. Appending messages therefore never changes what went out, and forks, rewinds and
sub-agents are right without a session's state. See docs/adr/0005-prefix-monotone-sessions.md.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol, TypeAlias

from aicontext.domain.context import Ask, Count, Level, Rendition, digest
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.asks import (
    Heard,
    ask_of,
    is_instruction,
    is_read,
    is_retrieved,
    paths_read,
)
from aicontext.engine.compress.forms.conversation import literal
from aicontext.engine.compress.memo import Memo, message_digest, rolling
from aicontext.engine.compress.repeats import Emitted, Lines, read_lines, refer, shown_lines
from aicontext.engine.compress.stake import LARGE, Stake, brief_size
from aicontext.engine.condense.code.reads import sparse
from aicontext.engine.condense.marks import OPENING, Marks, sealed

ALL = sys.maxsize
"""More messages than a session has."""

SMALL = 40
"""Tool results of fewer tokens are left alone: a reference would cost what they could save."""

CHARACTERS = 4
"""Of a token of what is not a tool's result, about."""

ASKED_AGAIN = 4
"""Lines that were left out before, of a read that asks for them."""

_ENOUGH = 0.1
_TELLING = 8
_OVERHEAD = 1_000
_LABEL = 60
_SPEAKERS = {
    Role.SYSTEM: "the system prompt",
    Role.DEVELOPER: "the developer's message",
    Role.USER: "the user's message",
    Role.ASSISTANT: "your message",
}


class Shown(Protocol):
    """What a chooser offers for one block."""

    @property
    def rendition(self) -> Rendition: ...


class Choose(Protocol):
    """The chooser of a block's rendition, no poorer than asked; pure. None: leave it as it is.

    Asked for an excerpt it may show as little as it likes: the block is long past.
    """

    def __call__(self, text: str, ask: Ask, poorest: Level, /) -> Shown | None: ...


class Brief(Protocol):
    """Shows a block in so many tokens, with the way to its original; pure. None: it does not."""

    def __call__(self, text: str, ask: Ask, room: int, /) -> Shown | None: ...


@dataclass(frozen=True, slots=True)
class Renderer:
    """How blocks are shown. count: tokens, for the target model. brief: for long results that no
    edit is likely to quote, at their birth, as far as the session affords it (see `Stake`); None
    where nothing can be fetched."""

    choose: Choose
    count: Count
    brief: Brief | None = None


@dataclass(frozen=True, slots=True)
class Emission:
    """A message that goes out changed.

    index: of the message. before, after: tokens. references: how many runs of lines were replaced
    by a word on where they stand. shown: the chooser's offer that this builds on, if it does.
    label: what references call it by: its tool, and its path or command. digest: of the message as
    it goes out (`message_digest`). literal: its text as JSON. brief: whether it is an excerpt made
    at its birth.
    """

    index: int
    rendition: Rendition
    before: int
    after: int
    references: int = 0
    shown: Shown | None = None
    label: str = ""
    digest: bytes = b""
    literal: bytes = b""
    brief: bool = False

    @property
    def weight(self) -> int:
        """Bytes that it holds, about: its text in three shapes, and what belongs to it."""
        return 2 * sys.getsizeof(self.rendition.text) + len(self.literal) + _OVERHEAD


def compress_session(
    messages: Sequence[Message],
    editable: Collection[int],
    renderer: Renderer,
    *,
    memo: SessionMemo | None = None,
    referring: int = ALL,
    stale: Collection[int] = (),
    given: Mapping[int, Emission] = MappingProxyType({}),
    digests: Sequence[bytes] = (),
) -> tuple[Emission, ...]:
    """The messages that go out smaller, in order; all others go out as they are.

    editable: indices of the messages that may be changed. memo: makes later passes over the same
    session fast; one memo serves one renderer. referring: messages before this one may
    refer to what stands earlier; 0 where that may be gone when the model reads (see
    Conversation.clears). stale: which of the editable are long past and shown as excerpts; nothing
    then refers to what they leave out. given: how some of the editable go out, whatever their
    smallest way is. digests: the messages' own (`message_digest`), where they
    are known already.

    Prefix-monotone: the emissions for messages[:k] are the first ones of those for messages, as
    long as the same messages are editable, stale and given, and may refer.
    Linear in the size of the messages that the memo does not know; never more tokens than came.
    """
    memo = SessionMemo() if memo is None else memo
    steps = digests or [message_digest(message) for message in messages]
    editable = set(editable)
    treated = [
        step + _TREATED[(i in editable) + (i in stale) + 3 * (i < referring)]
        for i, step in enumerate(steps)
    ]
    for index, emission in given.items():
        treated[index] = hashlib.sha256(steps[index] + emission.digest).digest() + _GIVEN
    keys = rolling(treated)
    fold, done = _Fold(renderer), 0
    for size in range(len(keys), 0, -1):
        if (kept := memo.take(keys[size - 1])) is not None:
            fold, done = kept, size
            fold.renderer = renderer
            break
    else:
        # Another pass has the state: where it worked out all of these before, none is needed.
        results = (i for i in sorted(editable) if messages[i].role is Role.TOOL_RESULT)
        made = [memo.get(keys[i], _UNKNOWN) for i in results]
        if all(one is not _UNKNOWN for one in made):
            return tuple(filter(None, made))
    for index in range(done, len(messages)):
        message = messages[index]
        fold.watch(message.text, keys[index])
        if index in editable and message.role is Role.TOOL_RESULT:
            known = given.get(index) or memo.get(keys[index], _UNKNOWN)
            fold.referring = index < referring
            found = fold.result(index, message, known, index in stale)
            memo.put(keys[index], found, found.weight if found else _OVERHEAD)
        else:
            fold.read(message)
    if keys:
        memo.give(keys[-1], fold, fold.weight)
    return tuple(fold.emissions)


@dataclass(slots=True)
class _Fold:
    """What has been read of a session: what stands in it, and why its next result is there.

    opening: of the marks from here on, which no text so far holds. weight: bytes that it holds,
    about; measured, lines and their index take some four times their characters. hidden: the
    lines that excerpts of files left out at their birth.
    """

    renderer: Renderer
    referring: bool = True
    emissions: list[Emission] = field(default_factory=list)
    emitted: Emitted = field(default_factory=Emitted)
    heard: Heard = field(default_factory=Heard)
    referred: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    stake: Stake = field(default_factory=Stake)
    answering: bool = False
    opening: str = OPENING
    weight: int = 0

    def watch(self, text: str, key: bytes) -> None:
        """From a text on that holds our opening, marks open with a part of the digest of all that
        stands up to it: it cannot pose as one of them, even where it goes out as it is."""
        self.weight += _OVERHEAD + 4 * len(text)
        if self.opening in text:
            self.opening = sealed(key.hex(), text)

    def result(
        self, index: int, message: Message, known: Emission | None, stale: bool
    ) -> Emission | None:
        """Takes note of a tool result in its smallest way, found here unless `known`."""
        ask, lines = self.heard.ask(message), read_lines(message.text)
        key = digest(message.text) if is_read(ask) else ""
        if known is _UNKNOWN:
            known = self._smallest(index, message.text, lines, ask, stale=stale)
        brief = known is not None and known.brief
        if known is not None:
            self.emissions.append(known)
            came, lines = lines, shown_lines(known.rendition.text, lines)
            if brief and is_read(ask):
                self.hidden |= _telling(came) - _telling(lines)
            self.stake.went_out(known.before, known.after, brief=brief)
        else:
            self.stake.standing += len(message.text) / CHARACTERS
        self.answering = False
        self.emitted.add(lines, _label(ask, "a tool result"))
        if known is not None and (known.references or stale or brief):
            self.referred.add(key)
        else:
            self.referred.discard(key)
        return known

    def _smallest(
        self, index: int, text: str, lines: Lines, ask: Ask, *, stale: bool
    ) -> Emission | None:
        """The smallest way to show a result; None where that is the result itself."""
        before = self.renderer.count(text)
        if before < SMALL or is_retrieved(ask) or is_instruction(ask):
            return None
        least, best, brief = before, None, False
        ways = self._excerpt(text, ask) if stale else self._ways(text, lines, ask)
        for way in ways:
            after = self.renderer.count(way[0].text)
            if after < least:
                least, best = after, way
            if after <= _ENOUGH * before:
                break
        if not stale and (shown := self._briefly(text, lines, ask, before=before, shorter=least)):
            way = self._marked(shown.rendition, text), 0, shown
            if (after := self.renderer.count(way[0].text)) < least:
                least, best, brief = after, way, True
        if best is None:
            return None
        rendition, references, shown = best
        return Emission(
            index,
            rendition,
            before,
            least,
            references,
            shown,
            _label(ask, "a tool result"),
            message_digest(Message(Role.TOOL_RESULT, rendition.text)),
            literal(rendition.text),
            brief,
        )

    def _briefly(
        self, text: str, lines: Lines, ask: Ask, *, before: int, shorter: int
    ) -> Shown | None:
        """An excerpt of a result that is born, where it is safe enough and pays.

        Files that an edit is likely to quote are shown, and lines that an excerpt left out.
        """
        read, heard = is_read(ask), self.heard
        if self.renderer.brief is None or not self.stake.affords(before, shorter, read=read):
            return None
        if read and (
            any(
                heard.was_edited(path) or (before < LARGE and heard.is_named(path))
                for path in paths_read(ask)
            )
            or len(_telling(lines) & self.hidden) >= ASKED_AGAIN
        ):
            return None
        return self.renderer.brief(text, ask, brief_size(before, read=read))

    def _excerpt(self, text: str, ask: Ask) -> Iterator[_Way]:
        """What a result that is long past is shown as."""
        if shown := self.renderer.choose(text, ask, Level.EXCERPT):
            yield shown.rendition, 0, shown

    def _ways(self, text: str, lines: Lines, ask: Ask) -> Iterator[_Way]:
        # A read asked for again after a reference or an excerpt was not found there: it is shown.
        again = is_read(ask) and digest(text) in self.referred
        referring, marks = self.referring and not again, Marks(self.opening)
        if referring:
            rest, references = refer(text, lines, self.emitted, marks, self.renderer.count)
            if references:
                yield _referring(rest, references), references, None
        if any(lines.numbers) and (thinned := sparse(text, self.renderer.count)) is not None:
            yield self._marked(thinned, text), 0, None
        shown = self.renderer.choose(text, ask, Level.LOSSLESS if is_read(ask) else Level.CONDENSED)
        if shown is None:
            return
        marked = self._marked(shown.rendition, text)
        yield marked, 0, shown
        if referring and not any(lines.numbers):
            text, lines = marked.text, shown_lines(marked.text, lines)
            rest, references = refer(text, lines, self.emitted, marks, self.renderer.count)
            if references:
                yield _referring(rest, references), references, shown

    def _marked(self, rendition: Rendition, text: str) -> Rendition:
        """With the session's marks: no text holds its own, so wherever they stand they are ours."""
        return replace(rendition, text=rendition.text.replace(Marks.of(text).opening, self.opening))

    def read(self, message: Message) -> None:
        """Takes note of a message that goes out as it is."""
        self.heard.note(message)
        self.stake.standing += len(message.text) / CHARACTERS
        answering = message.role in (Role.ASSISTANT, Role.TOOL_CALL)
        if answering and not self.answering:
            self.stake.answered()
        self.answering = answering
        if message.role is Role.TOOL_CALL:
            self._note_arguments(message)
        elif message.role is Role.TOOL_RESULT:
            self.emitted.add(
                read_lines(message.text), _label(self.heard.ask(message), "a tool result")
            )
        elif message.role in _SPEAKERS:
            self.emitted.add(read_lines(message.text), _SPEAKERS[message.role])

    def _note_arguments(self, message: Message) -> None:
        """Texts that the model wrote itself, such as a file's new content, stand there too."""
        try:
            arguments = json.loads(message.text)
        except (ValueError, RecursionError):
            return
        if isinstance(arguments, dict):
            label = "your " + _label(ask_of(message, "", ""), "call")
            for value in arguments.values():
                if isinstance(value, str) and "\n" in value:
                    self.emitted.add(Lines(value.split("\n"), [0] * (value.count("\n") + 1)), label)


_Way: TypeAlias = tuple[Rendition, int, Shown | None]
SessionMemo: TypeAlias = Memo[Emission | None, _Fold]
_TREATED = b"\0", b"\1", b"\2", b"\3", b"\4", b"\5"
_GIVEN = b"\6"
_UNKNOWN = Emission(-1, Rendition(Level.FULL, "", ""), 0, 0)


def _telling(lines: Lines) -> set[str]:
    """The lines that are long enough to tell where they come from."""
    return {key for key in lines.keys if len(key) >= _TELLING}


def _referring(text: str, references: int) -> Rendition:
    runs = "1 run of lines stands" if references == 1 else f"{references} runs of lines stand"
    return Rendition(Level.REFERENCE, text, f"{runs} earlier in the session")


def _label(ask: Ask, nameless: str) -> str:
    subject = " ".join((ask.path or ask.command)[: 2 * _LABEL].split())
    subject = subject if len(subject) <= _LABEL else subject[:_LABEL].rstrip() + "…"
    return f"{ask.tool} {subject}".strip() or nameless
