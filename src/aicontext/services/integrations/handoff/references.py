"""Messages as another model can read them: what it has is named, what leads nowhere is said so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from aicontext.domain.errors import NotFound, Unavailable
from aicontext.domain.messages import Message, Role
from aicontext.engine.state.window import names
from aicontext.ports.stores.archive import Archive
from aicontext.services.integrations.handoff.wording import LOST, SEEN

_HANDLE = re.compile(r"\b(?:aicontext )?retrieve ([0-9a-f]{12})\b")


def readable(
    messages: Iterable[Message], has: frozenset[str], archive: Archive | None
) -> list[Message]:
    """has: digests of what the reader's model has before it. archive: that it can fetch originals
    from; None where it can fetch none. The messages stay as many as they are."""
    known: dict[str, bool] = {}

    def named(match: re.Match[str]) -> str:
        if match[1] not in known:
            known[match[1]] = archive is not None and _held(archive, match[1])
        return match[0] if known[match[1]] else LOST

    found = []
    for one in messages:
        text = one.text
        if one.role is Role.TOOL_RESULT and has and not has.isdisjoint(names(one)):
            text = SEEN
        elif "retrieve " in text:
            text = _HANDLE.sub(named, text)
        found.append(one if text == one.text else replace(one, text=text))
    return found


def _held(archive: Archive, handle: str) -> bool:
    try:
        archive.get(handle)
    except (NotFound, Unavailable):
        return False
    return True
