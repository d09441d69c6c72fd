"""Asking the helper that stays to answer hooks, and starting it, with as few imports as can be.

It listens at a socket in a folder that only its user may enter. Who starts it takes a lock and
hands it on: one runs at most, and none is taken for running after its end, however that came.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Mapping

_SECONDS = 8.0
_WAITING = 128
"""Hooks that wait until it has started."""


def connected(place: str) -> socket.socket | None:
    """A connection to the helper at that path; None where none of this user's listens."""
    try:
        found = os.lstat(place)
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.geteuid():
            return None
        helper = socket.socket(socket.AF_UNIX)
    except OSError:
        return None
    try:
        helper.settimeout(_SECONDS)
        helper.connect(place)
    except OSError:
        helper.close()
        return None
    return helper


def answer(helper: socket.socket, tool: str, event: str, payload: bytes) -> bytes | None:
    """What it says; None where it does not in full. Closes the connection."""
    head = b"\0".join((os.fsencode(tool), os.fsencode(event), b"%d" % len(payload), b""))
    with helper:
        try:
            helper.sendall(head + payload)
            found = b""
            while part := helper.recv(1 << 16):
                found += part
        except OSError:
            return None
    size, _, said = found.partition(b"\0")
    return said if size == b"%d" % len(said) else None


def start(place: str, command: tuple[str, ...], environment: Mapping[str, str]) -> bool:
    """Starts the helper, unless one runs; whether this did. It gets the socket as its standard
    input and outlives this process; what connects from now on waits until it has started."""
    try:
        lock = _locked(place)
    except OSError:
        return False
    if lock is None:
        return False
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            if os.path.lexists(place):
                os.unlink(place)
            listener.bind(place)
            os.chmod(place, 0o600)
            listener.listen(_WAITING)
            _spawn(command, environment, listener.fileno(), lock)
    except (OSError, NotImplementedError):
        return False
    finally:
        os.close(lock)
    return True


def stop(folder: str) -> None:
    """Ends all helpers whose sockets are there."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if helper := connected(os.path.join(folder, name)):
            answer(helper, "", "stop", b"")


def _locked(place: str) -> int | None:
    """The lock of that place, which ends with the last process that holds it; None where another
    does. Raises OSError where others may enter its folder, or it cannot be had."""
    import fcntl

    folder = os.path.dirname(place)
    for one in (os.path.dirname(folder), folder):
        os.makedirs(one, mode=0o700, exist_ok=True)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(folder)
    lock = os.open(f"{place}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _spawn(
    command: tuple[str, ...], environment: Mapping[str, str], listener: int, lock: int
) -> None:
    """Raises OSError, NotImplementedError where a session of its own cannot be had."""
    os.set_inheritable(lock, True)
    os.posix_spawn(
        command[0],
        command,
        environment,
        file_actions=(
            (os.POSIX_SPAWN_DUP2, listener, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, lock, 3),
        ),
        setsid=True,
    )
