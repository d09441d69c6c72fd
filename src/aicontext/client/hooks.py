"""Asking a hook, started as a tool would start it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from aicontext.domain.errors import Unavailable

_SECONDS = 20.0


def answered(command: Sequence[str], payload: bytes) -> bytes:
    """What it prints to an event on its standard input. Raises Unavailable."""
    said = f"`{' '.join(command)}`"
    try:
        done = subprocess.run(command, input=payload, capture_output=True, timeout=_SECONDS)
    except OSError as error:
        raise Unavailable(f"{said} cannot be started: {error.strerror}.") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{said} does not end.") from None
    if done.returncode:
        raise Unavailable(f"{said} ends with {done.returncode}.")
    return done.stdout
