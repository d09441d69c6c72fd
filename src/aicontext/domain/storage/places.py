"""Where state is kept, and moving it from one place to another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Checked:
    """One kind of state. place: where it is kept, without user and password. seconds: until its
    store had answered. trouble, hint: what is wrong with it and what to do; "" where nothing is."""

    kind: str
    place: str
    seconds: float = 0.0
    trouble: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a collection holds. digest: of all of it, in whatever order it is kept."""

    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Moved:
    """One collection of one kind of state. written: what the other place lacked or had otherwise.
    source, target: what both hold afterwards."""

    name: str
    written: int
    source: Tally
    target: Tally

    @property
    def equal(self) -> bool:
        return self.source == self.target
