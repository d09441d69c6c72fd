"""A session as numbered lines: what compaction chooses from."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact.arguments import one_line

LONG_LINE = 320
PIECE = 240
SHORTEST_PIECE = 100
HEAD_LINES, TAIL_LINES = 2_000, 4_000
HEAD_CHARACTERS, TAIL_CHARACTERS = 400_000, 800_000
"""Of a longer message the middle is left out unread, so that work is bounded for each message."""

_CLOSING_TAG = re.compile(r"</[\w:-]{1,80}>\s*$")
_BORDERS = ("\\n", ". ", "; ", '", ', ", ", " ")


@dataclass(frozen=True, slots=True)
class Session:
    """Lines of all messages, in order.

    texts: each line with the blank lines that follow it; a line of more than LONG_LINE characters
    comes in pieces. owner: the number of a line's message. glued: whether a line continues the
    piece before it. spans: (first, past the last) line of each message. calls: for each result
    the number of its call, else -1. unread: how many (lines, characters) were left out unread
    before a line. requests: the numbers of the messages that a person wrote.
    """

    messages: Sequence[Message]
    texts: list[str]
    owner: list[int]
    glued: list[bool]
    spans: list[tuple[int, int]]
    calls: list[int]
    unread: dict[int, tuple[int, int]]
    requests: list[int]

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Session:
        session = cls(messages, [], [], [], [], pair(messages), {}, requests(messages))
        for number, message in enumerate(messages):
            first = len(session.texts)
            if message.role is not Role.OPAQUE:
                session._add(spoken(message), number)
            session.spans.append((first, len(session.texts)))
        return session

    def _add(self, text: str, number: int) -> None:
        if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
            head, tail = _lines(text), []
        else:
            head, tail = _lines(text[:HEAD_CHARACTERS]), _lines(text[-TAIL_CHARACTERS:])
        if tail or len(head) > HEAD_LINES + TAIL_LINES:
            tail = (tail or head[HEAD_LINES:])[-TAIL_LINES:]
            head = head[:HEAD_LINES]
            shown = [*head, *tail]
            self.unread[len(self.texts) + len(head)] = (
                max(0, text.count("\n") + 1 - sum(not glued for _, glued in shown)),
                max(1, len(text) - sum(len(line) for line, _ in shown)),
            )
        for line, glued in (*head, *tail):
            self.texts.append(line)
            self.owner.append(number)
            self.glued.append(glued)


def spoken(message: Message) -> str:
    """What a message says; a call's tool name stands before its arguments, those on one line."""
    if message.role is Role.TOOL_CALL:
        return f"{message.tool} {one_line(message.text)}".strip()
    return message.text


def requests(messages: Sequence[Message]) -> list[int]:
    """Messages in a user's role that a person wrote: those that end in a closing tag come from
    the tool around the model (its environment, a command's output, a reminder)."""
    return [
        number
        for number, message in enumerate(messages)
        if message.role is Role.USER and not _CLOSING_TAG.search(message.text[-200:])
    ]


def pair(messages: Sequence[Message]) -> list[int]:
    """For each result the number of its call: by id, else the oldest open call of its tool."""
    waiting: dict[str, deque[int]] = defaultdict(deque)
    by_id: dict[str, int] = {}
    calls = [-1] * len(messages)
    for number, message in enumerate(messages):
        if message.role is Role.TOOL_CALL:
            if message.call_id:
                by_id[message.call_id] = number
            else:
                waiting[message.tool].append(number)
        elif message.role is Role.TOOL_RESULT:
            if message.call_id in by_id:
                calls[number] = by_id[message.call_id]
            elif waiting[message.tool]:
                calls[number] = waiting[message.tool].popleft()
    return calls


def _lines(text: str) -> list[tuple[str, bool]]:
    """(line with the blank ones after it, False); pieces of a long line, True from the second."""
    found: list[tuple[str, bool]] = []
    blank = 0
    for line in text.split("\n"):
        if not line or line.isspace():
            blank += 1
            continue
        if blank and found:
            found[-1] = (found[-1][0] + "\n" * blank, found[-1][1])
        blank = 0
        if len(line) <= LONG_LINE:
            found.append((line, False))
        else:
            found += [(line[start:end], start > 0) for start, end in _pieces(line)]
    return found


def _pieces(line: str) -> Iterator[tuple[int, int]]:
    """Borders of pieces of at most PIECE characters, cut where a sentence or an item ends."""
    start = 0
    while start < len(line):
        end = start + PIECE
        if end < len(line):
            for border in _BORDERS:
                at = line.rfind(border, start + SHORTEST_PIECE, end)
                if at >= 0:
                    end = at + len(border)
                    break
        yield start, min(end, len(line))
        start = end
