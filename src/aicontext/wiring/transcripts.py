"""What AI tools wrote down of their sessions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aicontext import settings as environment

if TYPE_CHECKING:
    from aicontext.ports.transcripts import Transcripts


def transcripts() -> Transcripts:
    """The records of this machine's user, and of the project in the current folder."""
    from aicontext.adapters.transcripts.local import LocalTranscripts

    return LocalTranscripts(environment.child_environment({}, {}), Path.home(), Path.cwd())
