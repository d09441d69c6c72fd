"""Replays a session turn by turn and says what it costs with and without compression.

Cost: summed over the model's calls, 0.1 x the tokens of the longest prefix of messages that was
forwarded byte for byte in the call before, and 1.25 x the rest. A bust is a call in which an
earlier message changed. The session is re-read and re-compressed from scratch before every call,
as a proxy would, so that the figures hold for the wire and not for a single pass.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.domain.context import Count
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.forms.conversation import Conversation, write
from aicontext.engine.compress.forms.read import read
from aicontext.engine.compress.session import Choose, Renderer, SessionMemo, compress_session

CACHED, NEW = 0.1, 1.25
_LISTS = ("messages", "contents", "input")


@dataclass(frozen=True, slots=True)
class Replay:
    """cost_before, cost_after: token equivalents. first_ms: one pass over the whole session
    without a memo, reading and writing included. turn_ms: per call, with a memo. final: what the
    last call forwarded."""

    calls: int
    cost_before: float
    cost_after: float
    tokens_before: int
    tokens_after: int
    busts: int
    first_ms: float
    turn_ms: tuple[float, ...]
    final: Conversation

    @property
    def saved(self) -> float:
        return 1 - self.cost_after / self.cost_before


def forward(payload: bytes, choose: Choose, count: Count, memo: SessionMemo | None) -> bytes:
    """The payload as it goes out."""
    conversation = read(payload)
    editable = {i for i, slot in enumerate(conversation.slots) if slot is not None}
    found = compress_session(conversation.messages, editable, Renderer(choose, count), memo=memo)
    return write(conversation, {one.index: one.rendition.text for one in found})


def replay(payload: bytes, choose: Choose, count: Count) -> Replay:
    """Sends the session's every call in turn. Shapes: any form that `read` knows, as JSON."""
    requests = list(_requests(payload))
    memo = SessionMemo()
    before: Sequence[Message] = ()
    after: Sequence[Message] = ()
    cost_before = cost_after = 0.0
    busts, times = 0, []
    final = read(payload)
    for request in requests:
        start = time.process_time()
        sent = forward(request, choose, count, memo)
        times.append(1000 * (time.process_time() - start))
        plain, final = read(request), read(sent)
        busts += _common(after, final.messages) < len(after)
        cost_before += _cost(before, plain.messages, count)
        cost_after += _cost(after, final.messages, count)
        before, after = plain.messages, final.messages
    start = time.process_time()
    forward(requests[-1], choose, count, None)
    first = 1000 * (time.process_time() - start)
    sizes = [sum(count(m.text) for m in messages) for messages in (before, after)]
    return Replay(len(requests), cost_before, cost_after, *sizes, busts, first, tuple(times), final)


def _requests(payload: bytes) -> list[bytes]:
    """What the client sent before each of the model's turns, and the whole."""
    body = json.loads(payload)
    key = next(key for key in _LISTS if key in body)
    conversation = read(payload)
    found, waiting = [], False
    for size, (first, last) in enumerate(conversation.turns):
        roles = {message.role for message in conversation.messages[first:last]}
        answering = bool(roles & {Role.ASSISTANT, Role.TOOL_CALL})
        if answering and waiting:
            found.append(json.dumps({**body, key: body[key][:size]}).encode())
        waiting = not answering
    return [*found, json.dumps(body).encode()]


def _common(earlier: Sequence[Message], later: Sequence[Message]) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(earlier, later, strict=False)) if a != b),
        min(len(earlier), len(later)),
    )


def _cost(earlier: Sequence[Message], later: Sequence[Message], count: Count) -> float:
    cached = _common(earlier, later)
    tokens = [count(message.text) for message in later]
    return CACHED * sum(tokens[:cached]) + NEW * sum(tokens[cached:])
