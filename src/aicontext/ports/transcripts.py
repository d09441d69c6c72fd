"""The records that AI tools keep of their sessions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from aicontext.domain.tools import Tool
from aicontext.domain.transcripts import Position, Session, Transcript


class Transcripts(Protocol):
    """Sessions on this machine. Nothing of a tool's is ever written to, locked or moved."""

    def readable(self, tool: Tool) -> bool:
        """Whether the form in which the tool keeps its sessions is known here."""

    def listed(self, tool: Tool) -> Iterator[Transcript]:
        """The tool's sessions in no order, without reading them; none where it has none."""

    def read(
        self,
        transcript: Transcript,
        after: Position = Position(),  # noqa: B008
        *,
        spoken: bool = True,
    ) -> Session:
        """The session, or what was appended since `after`; all of it where that no longer fits.

        spoken: with what was said. Without, turns may have no messages, turns without a call may be
        missing, and reading takes a fraction of the time.

        What is cut, broken or too long is left out and counted in `skipped`. Raises Unavailable
        where the record is gone or cannot be read.
        """
