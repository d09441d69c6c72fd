"""What AI tools wrote down of their sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PureWindowsPath

from aicontext.domain.messages import Message
from aicontext.domain.usage import Billed


@dataclass(frozen=True, slots=True)
class Transcript:
    """Where a session is written down, as it is found without reading it.

    tool: its id in the catalogue. form: the tool in whose form it is written. path: absolute, of
    the file or database. session: the tool's own name of the session, as far as the file's name or
    the database's row tells; empty where the record cannot be looked at, and reading tells why.
    size: bytes of the file, or of the session's part of the database. changed_at: epoch seconds.
    agent: it is that of a sub-agent alone, which another session started.
    """

    tool: str
    form: str
    path: str
    session: str
    size: int
    changed_at: float
    agent: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a model.

    id: the provider's name of the answer, else the tool's own; the same wherever the tool copies
    the session to. request: the provider's name of the request; empty where it is not written
    down. model: its name there. billed: as the provider reported it, by the rules of the tool's
    format (docs/adr/0016-usage-from-transcripts.md); None where the tool wrote none down: it is
    never estimated. cost: US dollars as the tool reckoned them; None where it did not. summed: the
    numbers are rounded, or those of several calls together.
    """

    id: str
    request: str = ""
    model: str = ""
    billed: Billed | None = None
    cost: float | None = None
    summed: bool = False

    @property
    def told(self) -> bool:
        return self.billed is not None or self.cost is not None


@dataclass(frozen=True, slots=True)
class Turn:
    """What was added to a conversation at one time: by the user, by tools, or by the model.

    at: epoch seconds; of an answer, when it was whole; 0 where the tool keeps no times. messages:
    in order; none where the tool keeps the usage alone. call: that gave the answer; None for what
    the model was told. thread: whose conversation it belongs to, empty for the session's own, else
    a sub-agent's name. fresh: the thread's conversation begins anew here (compacted or cleared):
    the model no longer sees what stood before.
    """

    at: float
    messages: tuple[Message, ...] = ()
    call: Call | None = None
    thread: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a transcript was read, for the next reading.

    offset: bytes of a file that is only ever appended to; 0 for all others, which are read whole
    again. state: what the format's reader has to know of what stands before, in its own words.
    """

    offset: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A session, or what was appended to it since a position.

    id: the tool's own name of it. project: the folder that it ran in, as the tool wrote it. turns:
    in the order of the file. started, ended: epoch seconds of the first and the last turn that has
    a time; 0 without one. model: of the last call. position: after everything that can no longer
    change; what stands behind it is among the turns, and comes again with the next reading.
    skipped: parts of the record that were left out, by why.
    """

    tool: str
    id: str
    project: str = ""
    turns: tuple[Turn, ...] = ()
    position: Position = Position()
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The last part of `project`, on whatever system that was."""
        return PureWindowsPath(self.project).name

    @property
    def started(self) -> float:
        return next((turn.at for turn in self.turns if turn.at), 0.0)

    @property
    def ended(self) -> float:
        return next((turn.at for turn in reversed(self.turns) if turn.at), 0.0)

    @property
    def model(self) -> str:
        calls = (turn.call for turn in reversed(self.turns))
        return next((call.model for call in calls if call and call.model), "")

    @property
    def calls(self) -> tuple[tuple[Turn, Call], ...]:
        """Those of known tokens or cost; all where none is known: some tools write down what was
        said and what was billed apart."""
        found = tuple((turn, turn.call) for turn in self.turns if turn.call)
        return tuple(one for one in found if one[1].told) or found

    @property
    def threads(self) -> tuple[str, ...]:
        """In order of appearance."""
        return tuple(dict.fromkeys(turn.thread for turn in self.turns))

    def messages(self, thread: str = "") -> Iterator[Message]:
        """What the model of the thread would be shown next: all since it last began anew."""
        turns = [turn for turn in self.turns if turn.thread == thread]
        fresh = (at for at in range(len(turns) - 1, -1, -1) if turns[at].fresh)
        for turn in turns[next(fresh, 0) :]:
            yield from turn.messages
