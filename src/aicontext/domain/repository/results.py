"""A repository's files and definitions, ranked for a task and packed under a budget."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aicontext.domain.context import Level


@dataclass(frozen=True, slots=True)
class Place:
    """Lines `first` to `last` of a file, both counted from 1 and included.

    path: from the repository's root, with slashes; as it leaves, one that is not UTF-8 has escapes
    (`\\udce9`), and is taken back so. symbol: the definition's name with those that
    enclose it (`Class.method`), empty for lines outside of one.
    """

    path: str
    first: int
    last: int
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file and how likely the task concerns it; `why` in words, the strongest reason first."""

    path: str
    score: float
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RankedDefinition:
    """A definition and how likely the task concerns it; scores compare over all files."""

    place: Place
    score: float
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a repository holds for a task, best first."""

    files: tuple[RankedFile, ...]
    definitions: tuple[RankedDefinition, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a file as it is shown. text: whole lines, verbatim. why: what it was chosen for."""

    place: Place
    level: Level
    text: str
    tokens: int
    why: str


class Format(StrEnum):
    """How a pack is written."""

    MARKDOWN = "markdown"
    XML = "xml"
    JSON = "json"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Pack:
    """What was chosen for a task.

    content: the slices as one text in the asked-for format, at most `budget` tokens. left_out:
    the best of what did not fit, to be asked for by name; of a map all. warnings: sentences for
    who asked. more: definitions that did not fit either.
    """

    content: str
    slices: tuple[Slice, ...]
    left_out: tuple[RankedDefinition, ...]
    tokens: int
    budget: int
    model: str
    warnings: tuple[str, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What a symbol stands for. shown: the definition, whole; empty where it can be several.
    more: places beyond those that are listed or shown.

    Several parts of one file that share a name (overloads, a property's accessors) are one.
    """

    places: tuple[Place, ...]
    shown: tuple[Slice, ...] = ()
    warnings: tuple[str, ...] = ()
    more: int = 0
