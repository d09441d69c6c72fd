"""What of ours stands in the files of other programs."""

from __future__ import annotations

from dataclasses import dataclass, field

from aicontext.domain.tools import Format, Scope, Value, Via


@dataclass(frozen=True, slots=True)
class Part:
    """What one way of reaching a tool needs in a file. fragment: merged into it, no placeholders
    left; of a file that is `owned`, all that is in it. at: when it came, as a time of the clock.
    """

    tool: str
    via: Via
    scope: Scope
    format: Format
    fragment: Value
    owned: bool = False
    at: float = field(default=0.0, compare=False)

    @property
    def way(self) -> tuple[str, Via, Scope]:
        return self.tool, self.via, self.scope


@dataclass(frozen=True, slots=True)
class Held:
    """A file that holds parts of ours.

    path: absolute, links followed. original: its bytes without us; None where there was no file.
    before: what stood there when we wrote last. content: what we wrote, or were about to; None
    where the file was to go. done: whether it is known to be written. folders: that were made for
    it, the deepest first.
    """

    path: str
    original: bytes | None
    before: bytes | None
    content: bytes | None
    parts: tuple[Part, ...]
    folders: tuple[str, ...] = ()
    done: bool = False
