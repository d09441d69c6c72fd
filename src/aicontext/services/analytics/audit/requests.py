"""The requests that a tool sent in a session, as far as its transcript tells.

Instructions and tools' schemas are not in transcripts: a text of the same size stands for them.
Thinking is left out, as providers leave out that of earlier turns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aicontext.domain.context import Count
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Session, Turn
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import counter

PRELUDE = 15_000
"""Tokens of instructions and schemas where the first call does not tell how many there were."""

APART = 30.0
"""Seconds between calls where the tool keeps no times."""

MOST = 300
"""Calls of a session that are sent again."""

FIRST = 2
"""Messages that stand before the conversation: schemas and instructions."""

_CONTROL = ',"cache_control":{"type":"ephemeral"}'
_PICTURE: dict[str, object] = {
    "type": "image",
    "source": {"type": "url", "url": "https://example.org/a.png"},
}


@dataclass(frozen=True, slots=True)
class Request:
    """at: seconds since the epoch. body: its bytes. messages: of the conversation, in the order in
    which they are in it, FIRST others before them. prelude: tokens of these. billed: input tokens
    as the tool wrote them down; 0 where it did not."""

    at: float
    body: bytes
    messages: Sequence[Message]
    prelude: int
    billed: int


def requests(session: Session, thread: str) -> Iterator[Request]:
    """Those of one thread whose answers are told, MOST at most, in order of time."""
    name = session.model or "claude-sonnet-4-5"
    turns = [turn for turn in session.turns if turn.thread == thread]
    anthropic = model(name).provider == "anthropic" or "claude" in name
    talk = _Talk(name, anthropic, sorted(_tools(turns)))
    at, sent = 0.0, 0
    for turn in turns:
        if turn.fresh:
            talk.forget()
        if turn.call and turn.messages and talk.messages and sent < MOST:
            at = max(at + 1.0, talk.at) if talk.at else at + APART
            billed = turn.call.billed.all_input if turn.call.billed else 0
            yield talk.request(at, billed)
            sent += 1
        talk.add(turn)


def _tools(turns: Sequence[Turn]) -> set[str]:
    return {m.tool for turn in turns for m in turn.messages if m.role is Role.TOOL_CALL and m.tool}


@dataclass(slots=True)
class _Talk:
    """A conversation as it grows. at: when something was last added to it."""

    name: str
    anthropic: bool
    tools: list[str]
    at: float = 0.0
    messages: list[Message] = field(default_factory=list)
    _prelude: int = -1
    _start: str = ""
    _items: list[str] = field(default_factory=list)
    _answers: bool = False
    _blocks: list[str] = field(default_factory=list)

    def forget(self) -> None:
        self.messages, self._items, self._blocks, self._answers = [], [], [], False

    def add(self, turn: Turn) -> None:
        self.at = turn.at
        for message in turn.messages:
            if message.role is Role.OPAQUE and not message.media:
                continue
            self.messages.append(message)
            if self.anthropic:
                self._block(message)
            else:
                self._items.append(_item(message))

    def request(self, at: float, billed: int) -> Request:
        count = counter(self.name)
        if self._prelude < 0:
            said = sum(count(message.text) for message in self.messages)
            self._prelude = max(billed - said, 0) if billed else PRELUDE
            self._start = self._before(count)
        body = f"{self._start}{','.join((*self._items, *self._closed()))}]}}"
        messages = tuple(self.messages)
        return Request(at, body.encode("utf-8", "replace"), messages, self._prelude, billed)

    def _before(self, count: Count) -> str:
        """The request up to its first item. A word is a token, or nearly."""
        words = " the" * round(self._prelude**2 / max(count(" the" * self._prelude), 1))
        if not self.anthropic:
            tools = [{"type": "function", "name": one} for one in self.tools]
            head = {"model": self.name, "tools": tools, "instructions": words}
            return json.dumps(head)[:-1] + ',"input":['
        block = {"type": "text", "text": words or "."} | {"cache_control": {"type": "ephemeral"}}
        schemas = [{"name": one, "input_schema": {}} for one in self.tools]
        head = {"model": self.name, "tools": schemas, "system": [block]}
        return json.dumps(head)[:-1] + f'{_CONTROL},"messages":['

    def _block(self, message: Message) -> None:
        answers = message.role in (Role.ASSISTANT, Role.TOOL_CALL)
        if answers != self._answers:
            self._items += self._closed()
            self._blocks, self._answers = [], answers
        self._blocks.append(_written(_anthropic(message)))

    def _closed(self) -> list[str]:
        if not self._blocks:
            return []
        role = "assistant" if self._answers else "user"
        return [f'{{"role":"{role}","content":[{",".join(self._blocks)}]}}']


def _anthropic(message: Message) -> dict[str, object]:
    if message.media:
        return _PICTURE
    if message.role is Role.TOOL_CALL:
        name, call_id = message.tool or "tool", message.call_id or "call"
        return {"type": "tool_use", "id": call_id, "name": name, "input": _given(message.text)}
    if message.role is Role.TOOL_RESULT:
        call_id = message.call_id or "call"
        return {"type": "tool_result", "tool_use_id": call_id, "content": message.text}
    return {"type": "text", "text": message.text}


def _item(message: Message) -> str:
    kind = "output_text" if message.role is Role.ASSISTANT else "input_text"
    call = {"call_id": message.call_id or "call"}
    item: dict[str, object]
    if message.media:
        part = {"type": "input_image", "image_url": "https://example.org/a.png"}
        item = {"type": "message", "role": "user", "content": [part]}
    elif message.role is Role.TOOL_CALL:
        about = {"name": message.tool or "tool", "arguments": message.text}
        item = {"type": "function_call", **about, **call}
    elif message.role is Role.TOOL_RESULT:
        item = {"type": "function_call_output", "output": message.text, **call}
    else:
        role = "assistant" if message.role is Role.ASSISTANT else "user"
        content = [{"type": kind, "text": message.text}]
        item = {"type": "message", "role": role, "content": content}
    return _written(item)


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _given(arguments: str) -> object:
    try:
        found = json.loads(arguments)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"input": arguments}
