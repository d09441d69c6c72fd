"""The helper that stays to answer hooks, for tools whose calls no proxy of ours carries.

Only what each event needs is loaded here.
"""

from __future__ import annotations

import os
import sys
from zlib import crc32

from aicontext import settings as environment
from aicontext.domain.errors import InvalidInput
from aicontext.settings import Settings

_PROGRAM = "aicontext.entrypoints.hook.helper"
_FOLDER = "helpers"
_LONGEST = 100
"""Bytes of a socket's path, which systems end at 104 or 108."""

_LONGEST_WORDS = 500
"""Bytes of a tool's id and an event's name that the helper takes."""


def answered(tool: str, event: str, payload: bytes) -> bytes | None:
    """The helper's answer, which is started where none runs; None where it cannot be had."""
    from aicontext.client import hook_helper

    try:
        place = _place(environment.load())
    except InvalidInput:
        return None
    if not place or len(os.fsencode(tool + event)) > _LONGEST_WORDS:
        return None
    helper = hook_helper.connected(place)
    # -P: the folder that the tool works in is not ours to import from.
    command = (sys.executable, "-P", "-m", _PROGRAM, place)
    if helper is None and hook_helper.start(place, command, environment.child_environment({}, {})):
        helper = hook_helper.connected(place)
    return hook_helper.answer(helper, tool, event, payload) if helper else None


def idle() -> int:
    """Seconds without a call after which the helper ends."""
    return environment.load().hook_idle


def stop() -> None:
    """Ends the helpers over the user's own state."""
    from aicontext.client import hook_helper

    hook_helper.stop(os.fspath(environment.load().home / _FOLDER))


def _place(settings: Settings) -> str:
    """Where the helper for these settings listens; "" where there is to be none.

    One of another release, of other settings, or of a shell that knows other programs would answer
    otherwise, hence it listens elsewhere.
    """
    if not settings.hook_idle or os.name != "posix" or not settings.home.is_absolute():
        return ""
    knows = any(os.access(f"{folder}/aicontext", os.X_OK) for folder in os.get_exec_path())
    release = os.stat(__file__).st_mtime_ns
    told = repr((tuple(settings), knows, release, sys.executable))
    place = f"{settings.home}/{_FOLDER}/{crc32(told.encode('utf-8', 'surrogateescape')):08x}"
    return place if len(os.fsencode(place)) <= _LONGEST else ""
