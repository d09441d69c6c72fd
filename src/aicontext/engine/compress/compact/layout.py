"""The text of a compaction: sections of excerpts, each in the session's order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from aicontext.domain.messages import Role
from aicontext.engine.compress.compact.session import Session
from aicontext.engine.condense.marks import Marks


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds the excerpts where more is known than the session tells.

    opening: the first line; {mark} in it stands for what opens a mark, {messages} for their number.
    numbers: what each message is called in a mark; empty for its number. decided: (message, words)
    of what was decided, the latest first. files: what to add to the line of a file, by the path as
    the session has it. elsewhere: what other sessions bear out, the most useful first.
    """

    opening: str
    numbers: Sequence[int] = ()
    decided: Sequence[tuple[int, str]] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Sequence[str] = ()

    def number(self, message: int) -> int:
        return self.numbers[message] if self.numbers else message + 1


PLAIN = Frame(
    "A session of {messages} messages in excerpts; {mark}n] opens message n, {mark} n lines]"
    " stands for what is left out."
)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the text. lines: written for it. messages: excerpts of these follow."""

    title: str
    lines: Sequence[str] = ()
    messages: Set[int] = frozenset()


def written(
    session: Session,
    sections: Sequence[Section],
    chosen: Iterable[int],
    marks: Marks,
    frame: Frame = PLAIN,
) -> str:
    """All sections that have something to say, in order."""
    by_message: dict[int, list[int]] = {}
    for line in sorted(chosen):
        by_message.setdefault(session.owner[line], []).append(line)
    out = []
    for section in sections:
        body = [*section.lines, *_exchanges(session, section.messages, by_message, marks, frame)]
        if body:
            out += [f"{marks.opening} {section.title}]", *body] if section.title else body
    return "\n".join(out)


def _exchanges(
    session: Session,
    messages: Set[int],
    by_message: dict[int, list[int]],
    marks: Marks,
    frame: Frame,
) -> Iterator[str]:
    """Chosen lines, message by message; a result stands under its call."""
    results: dict[int, list[int]] = {}
    for number in by_message:
        if session.calls[number] in by_message:
            results.setdefault(session.calls[number], []).append(number)
    for number, lines in by_message.items():
        if number not in messages or session.calls[number] in by_message:
            continue
        speaker = _SPEAKERS.get(session.messages[number].role, "")
        name = frame.number(number)
        yield f"{marks.opening}{name}] {speaker}{_excerpt(session, number, lines, marks)}"
        for result in results.get(number, ()):
            yield _excerpt(session, result, by_message[result], marks)


_SPEAKERS = {
    Role.SYSTEM: "system: ",
    Role.DEVELOPER: "developer: ",
    Role.ASSISTANT: "assistant: ",
    Role.TOOL_RESULT: "result: ",
}


def _excerpt(session: Session, number: int, lines: Sequence[int], marks: Marks) -> str:
    """The chosen lines of one message with marks for what stands between them."""
    first, past = session.spans[number]
    said: list[str] = []
    expected = first
    for line in (*lines, past):
        unread = line in session.unread and line < past
        if line > expected or unread:
            inline = session.glued[expected]
            said.append((" " if inline else "\n") + _gap(session, expected, line, marks))
            if line < past:
                said.append(" " if session.glued[line] else "\n")
        elif line < past and not session.glued[line]:
            said.append("\n")
        if line < past:
            said.append(session.texts[line])
        expected = line + 1
    return "".join(said).strip("\n")


def _gap(session: Session, first: int, past: int, marks: Marks) -> str:
    """The mark for lines first to past (exclusive): whole lines, or characters of one."""
    unread = [session.unread[line] for line in range(first, past + 1) if line in session.unread]
    whole = sum(not session.glued[line] for line in range(first, past))
    whole += sum(lines for lines, _ in unread)
    if whole:
        return marks.gap(whole)
    characters = sum(len(session.texts[line]) for line in range(first, past))
    return marks.gap(characters + sum(some for _, some in unread), "characters")
