"""`aicontext-hook TOOL EVENT`: reads the event from standard input, writes the answer.

A tool waits for this program after each of its steps, so as little as can be is loaded: an event
that nothing is to be said to is told by its bytes alone, a proxy that runs is asked for an answer,
else the helper that the first event starts, and only else is the service loaded here. Whatever goes
wrong, nothing is said, the tool goes on, and the exit status is 0. `--at HOST:PORT` before the
words says where the proxy listens.
"""

from __future__ import annotations

import os
import signal
import sys

from aicontext.kit.pipes import taken

LARGEST = 2**23
"""Bytes of an event that is read."""

PATIENCE = 10
"""Seconds after which the tool is let go on, half of them for the event to come."""

SHORT = 400
"""Bytes of an event's longest text below which nothing in it is made smaller or counted."""

_ALWAYS = ("start", "status", "compact")
"""Parts of the names of events that are answered, or kept, however short they are."""


def main() -> None:
    """The program; its words are the tool's id and the event's name."""
    words = sys.argv[1:]
    signal.signal(signal.SIGINT, _over)
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _over)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    address = words[1] if words[:1] == ["--at"] and words[1:] else ""
    tool, event = (*words[2 if address else 0 :][:2], "", "")[:2]
    payload = taken(LARGEST, PATIENCE / 2)
    if payload is not None and not _matters(event, payload):
        return
    answer = _answer(address, tool, event, payload)
    while answer:
        answer = answer[os.write(1, answer) :]


def _answer(address: str, tool: str, event: str, payload: bytes | None) -> bytes:
    from aicontext.client.hook_proxy import ADDRESS, asked

    if payload is not None:
        answer = asked(address or ADDRESS, tool, event, payload)
        if answer is None:
            from aicontext.wiring.hook_helper import answered as helped

            answer = helped(tool, event, payload)
        if answer is not None:
            return answer
    from aicontext.wiring.hooks import answered

    return answered(tool, event, payload)


def _over(*_: object) -> None:
    os._exit(0)


def _matters(event: str, payload: bytes) -> bool:
    """Whether there may be something to say or to keep."""
    if any(part in event.lower() for part in _ALWAYS):
        return True
    plain = payload.replace(rb"\\", b"").replace(rb"\"", b"")
    return len(max(plain.split(b'"'), key=len)) >= SHORT
