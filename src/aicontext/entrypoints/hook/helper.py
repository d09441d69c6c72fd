"""The helper that stays to answer hooks: `python -m aicontext.entrypoints.hook.helper PLACE`.

Its standard input is a socket that already listens, at PLACE. It ends after an idle time, when told
to, and when an answer takes so long that the tool no longer waits: who asked then answers alone.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from threading import Lock, Thread, Timer

from aicontext.wiring import hook_helper, hooks

LARGEST = 2**23
"""Bytes of an event that is read."""

HEAD = 1024
"""Bytes before an event at most: the tool, the event's name, its size."""

PATIENCE = 7.0
"""Seconds in which an event has to come, and those in which it has to be answered."""

_KEPT = 4
"""File descriptors from there on were the tool's, which may wait for their end."""


def main() -> None:
    """The program."""
    os.closerange(_KEPT, 65_536)
    os.chdir("/")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    place = sys.argv[1]
    with socket.socket(fileno=0) as listener:
        listener.settimeout(hook_helper.idle())
        warm = Lock()
        while True:
            try:
                client, _ = listener.accept()
            except TimeoutError:
                break
            client.settimeout(PATIENCE)
            Thread(target=_serve, args=(client, place, warm), daemon=True).start()
        os.unlink(place)


def _serve(client: socket.socket, place: str, warm: Lock) -> None:
    with client:
        try:
            tool, event, payload = _read(client)
            if (tool, event) == ("", "stop"):
                os.unlink(place)
                os._exit(0)
            answer = _answer(tool, event, payload)
            client.sendall(b"%d\0%s" % (len(answer), answer))
        except (OSError, ValueError):
            return
    if warm.acquire(blocking=False):
        hooks.warm()


def _answer(tool: str, event: str, payload: bytes) -> bytes:
    overdue = Timer(PATIENCE, os._exit, (1,))
    overdue.daemon = True
    overdue.start()
    try:
        return hooks.answered(tool, event, payload)
    finally:
        overdue.cancel()


def _read(client: socket.socket) -> tuple[str, str, bytes]:
    """(tool, event, payload). Raises OSError, ValueError for what is no event."""
    found = bytearray()
    while found.count(b"\0", 0, HEAD) < 3:
        if len(found) >= HEAD:
            raise ValueError("The event has no head.")
        _more(client, found)
    tool, event, size, payload = bytes(found).split(b"\0", 3)
    body = bytearray(payload)
    while len(body) < int(size):
        _more(client, body)
    return os.fsdecode(tool), os.fsdecode(event), bytes(body)


def _more(client: socket.socket, found: bytearray) -> None:
    part = client.recv(1 << 16)
    if not part or len(found) > LARGEST + HEAD:
        raise ValueError("The event ends early, or never.")
    found += part


if __name__ == "__main__":
    main()
