"""The transcripts of this machine, each read by the reader of its form."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from glob import escape, iglob
from pathlib import Path

from aicontext.adapters.database import reason
from aicontext.adapters.transcripts.forms.databases import (
    crush,
    cursor,
    goose,
    hermes,
    opencode,
    zed,
)
from aicontext.adapters.transcripts.forms.documents import (
    amp,
    cline,
    continue_dev,
    mini_swe_agent,
    openhands,
)
from aicontext.adapters.transcripts.forms.files import (
    aider,
    claude_code,
    codex,
    copilot,
    droid,
    gemini,
    gptme,
    kimi,
    pi,
)
from aicontext.domain.errors import Unavailable
from aicontext.domain.tools import System, Tool, Transcripts, placed
from aicontext.domain.transcripts import Position, Session, Transcript


@dataclass(frozen=True, slots=True)
class Reader:
    """listed: the sessions in a file of that tool. read: one of them. calls: the same without what
    was said, where that is faster. All raise OSError and sqlite3.Error."""

    listed: Callable[[str, Path], Iterator[Transcript]]
    read: Callable[[Transcript, Position], Session]
    calls: Callable[[Transcript, Position], Session] | None = None


READERS: Mapping[str, Reader] = {
    aider.FORM: Reader(aider.listed, aider.read),
    amp.FORM: Reader(amp.listed, amp.read),
    claude_code.FORM: Reader(claude_code.listed, claude_code.read, claude_code.calls),
    cline.FORM: Reader(cline.listed, cline.read),
    codex.FORM: Reader(codex.listed, codex.read, codex.calls),
    copilot.FORM: Reader(copilot.listed, copilot.read),
    continue_dev.FORM: Reader(continue_dev.listed, continue_dev.read),
    crush.FORM: Reader(crush.listed, crush.read),
    cursor.FORM: Reader(cursor.listed, cursor.read),
    droid.FORM: Reader(droid.listed, droid.read),
    gemini.GEMINI: Reader(gemini.listed_gemini, gemini.read_gemini),
    gemini.QWEN: Reader(gemini.listed_qwen, gemini.read_qwen),
    goose.FORM: Reader(goose.listed, goose.read),
    gptme.FORM: Reader(gptme.listed, gptme.read),
    hermes.FORM: Reader(hermes.listed, hermes.read),
    kimi.FORM: Reader(kimi.listed, kimi.read),
    mini_swe_agent.FORM: Reader(mini_swe_agent.listed, mini_swe_agent.read),
    opencode.FORM: Reader(opencode.listed, opencode.read),
    openhands.FORM: Reader(openhands.listed, openhands.read),
    pi.FORM: Reader(pi.listed, pi.read),
    zed.FORM: Reader(zed.listed, zed.read),
}
"""By the tool, or by the one whose records its are like."""


class LocalTranscripts:
    """environment: this process's. home: the user's folder. folder: of the project."""

    def __init__(
        self,
        environment: Mapping[str, str],
        home: Path,
        folder: Path,
        platform: str = sys.platform,
    ) -> None:
        self._environment = environment
        self._home = home
        self._folder = folder
        self._system = System.of(platform)

    def readable(self, tool: Tool) -> bool:
        return any(_reader(tool, entry) for entry in tool.transcripts)

    def listed(self, tool: Tool) -> Iterator[Transcript]:
        seen: set[str] = set()
        for entry in tool.transcripts:
            if (reader := _reader(tool, entry)) is None:
                continue
            for pattern in entry.paths.get(self._system, ()):
                for path in self._found(pattern):
                    if path not in seen:
                        seen.add(path)
                        yield from _sessions(entry.like or tool.id, reader, tool.id, Path(path))

    def read(
        self,
        transcript: Transcript,
        after: Position = Position(),  # noqa: B008
        *,
        spoken: bool = True,
    ) -> Session:
        reader = READERS[transcript.form]
        read = reader.read if spoken else reader.calls or reader.read
        try:
            if after.offset > os.stat(transcript.path).st_size:
                after = Position()
            return read(transcript, after)
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                f"The transcript {transcript.path} cannot be read: {reason(error)}."
            ) from error

    def _found(self, pattern: str) -> Iterator[str]:
        """Plain files, and folders where the pattern has no ending; those of the project, which may
        be a stranger's, lie in it."""
        environment = {name: escape(value) for name, value in self._environment.items()}
        named = placed(pattern, escape(str(self._home)), environment)
        whole = not os.path.splitext(named)[1]
        within = "" if os.path.isabs(named) else os.path.join(os.path.realpath(self._folder), "")
        for path in _matching(os.path.join(escape(str(self._folder)), named)):
            real = os.path.realpath(path)
            if real.startswith(within) and (
                os.path.isfile(real) or (whole and os.path.isdir(real))
            ):
                yield real


def _matching(pattern: str) -> Iterator[str]:
    """What the pattern names; `**` are folders below, each once however links lead to it."""
    above, several, below = pattern.partition("/**/")
    if not several:
        yield from iglob(pattern, include_hidden=True)
        return
    for top in iglob(above, include_hidden=True):
        seen = {os.path.realpath(top)}
        for folder, folders, _ in os.walk(top, followlinks=True):
            yield from _matching(f"{escape(folder)}/{below}")
            folders[:] = [one for one in folders if _first(os.path.join(folder, one), seen)]


def _first(folder: str, seen: set[str]) -> bool:
    real = os.path.realpath(folder)
    if real in seen:
        return False
    seen.add(real)
    return True


def _sessions(form: str, reader: Reader, tool: str, path: Path) -> Iterator[Transcript]:
    try:
        yield from reader.listed(tool, path)
    except FileNotFoundError:
        return
    except (OSError, sqlite3.Error):
        yield Transcript(tool, form, str(path), "", 0, 0.0)


def _reader(tool: Tool, entry: Transcripts) -> Reader | None:
    return READERS.get(entry.like or tool.id)
