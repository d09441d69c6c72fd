"""A session as numbered lines: what compaction chooses from."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aicontext.domain.messages import Message, Role

LONG_LINE = 320
PIECE = 240
SHORTEST_PIECE = 100
HEAD_LINES, TAIL_LINES = 2000, 4000
"""Of a message with more lines than both, the middle is left out unread."""

_BORDERS = ("\\n", ". ", "; ", '", ', ", ", " ")


@dataclass(frozen=True, slots=True)
class Session:
    """Lines of all messages, in order.

    texts: each line with the blank lines that follow it; a line of more than LONG_LINE characters
    comes in pieces. owner: the number of a line's message. glued: whether a line continues the
    piece before it. spans: (first, past the last) line of each message. calls: for each result
    the number of its call, else -1. unread: lines of each message that were left out unread, and
    the line before which they stood.
    """

    messages: Sequence[Message]
    texts: list[str]
    owner: list[int]
    glued: list[bool]
    spans: list[tuple[int, int]]
    calls: list[int]
    unread: dict[int, int]

    @classmethod
    def of(cls, messages: Sequence[Message]) -> Session:
        session = cls(messages, [], [], [], [], pair(messages), {})
        for number, message in enumerate(messages):
            first = len(session.texts)
            for text, glued in session._lines(message):
                session.texts.append(text)
                session.owner.append(number)
                session.glued.append(glued)
            session.spans.append((first, len(session.texts)))
        return session

    def _lines(self, message: Message) -> Iterator[tuple[str, bool]]:
        if message.role is Role.OPAQUE:
            return
        lines = _with_blanks(spoken(message).split("\n"))
        if len(lines) > HEAD_LINES + TAIL_LINES:
            self.unread[len(self.texts) + HEAD_LINES] = len(lines) - HEAD_LINES - TAIL_LINES
            lines = lines[:HEAD_LINES] + lines[-TAIL_LINES:]
        for line in lines:
            if len(line) <= LONG_LINE:
                yield line, False
            else:
                for start, end in _pieces(line):
                    yield line[start:end], start > 0


def spoken(message: Message) -> str:
    """What a message says; a call's tool name stands before its arguments."""
    if message.role is Role.TOOL_CALL:
        return f"{message.tool} {message.text}".strip()
    return message.text


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


def _with_blanks(lines: list[str]) -> list[str]:
    """Lines that say something, each with the blank ones after it; leading blanks go."""
    kept: list[str] = []
    blank = 0
    for line in lines:
        if not line or line.isspace():
            blank += 1
            continue
        if blank and kept:
            kept[-1] += "\n" * blank
        kept.append(line)
        blank = 0
    return kept


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
