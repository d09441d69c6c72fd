"""Files of a session beside what is on disk now."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from enum import StrEnum

from aicontext.domain.errors import AiContextError
from aicontext.domain.sessions.state import DELETED, About, SessionState, spans
from aicontext.engine.state.files import holds
from aicontext.ports.files import Files


class OnDisk(StrEnum):
    """A file, against what the session saw or left there last."""

    SAME = "same"
    CHANGED = "changed on disk since"
    GONE = "not on disk"
    UNKNOWN = "not compared"


def compared(own: SessionState, project: str, files: Files) -> Mapping[str, OnDisk]:
    """By path, as in the facts. own: what the session bears out. project: where it ran."""
    told = {fact.key.partition(" ")[2]: fact.value for fact in own.about(About.READ)}
    told |= {fact.key: fact.value for fact in own.about(About.CHANGE)}
    return {
        path: _compared(said, posixpath.join(project, path), files) for path, said in told.items()
    }


def _compared(said: str, path: str, files: Files) -> OnDisk:
    try:
        content = files.read(path)
    except AiContextError:
        return OnDisk.UNKNOWN
    if content is None:
        return OnDisk.SAME if said == DELETED else OnDisk.GONE
    if said == DELETED:
        return OnDisk.CHANGED
    known = spans(said)
    if not known:
        return OnDisk.UNKNOWN
    text = content.decode("utf-8", "replace")
    return OnDisk.SAME if all(holds(text, span) for span in known) else OnDisk.CHANGED


def remarks(paths: Mapping[str, str], found: Mapping[str, OnDisk]) -> dict[str, str]:
    """What to say of each file. paths: as the session wrote it -> as in the facts."""
    told = {written: found.get(path, OnDisk.UNKNOWN) for written, path in paths.items()}
    return {written: str(state) for written, state in told.items() if state is not OnDisk.SAME}
