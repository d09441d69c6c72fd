"""What an AI tool would send, cut into blocks, and the ways to show a block.

A block has renditions; a plan chooses one of each. The words are those of ARCHITECTURE.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Count = Callable[[str], int]
"""Tokens of a text in the target model's vocabulary."""

HANDLE_LENGTH = 12
"""Hex digits of a handle: 48 bits, so a collision takes millions of blocks."""


class Kind(StrEnum):
    """What a block holds, judged by its content."""

    JSON = "json"
    LOG = "log"
    TEST = "test"
    LINT = "lint"
    SEARCH = "search"
    DIFF = "diff"
    CODE = "code"
    PROSE = "prose"
    CHAT = "chat"
    TABLE = "table"
    LISTING = "listing"
    CONFIG = "config"
    LOCK = "lock"
    HISTORY = "history"
    IMAGE = "image"
    OPAQUE = "opaque"


class Level(StrEnum):
    """How much of a block a rendition shows; each level contains the ones after it."""

    FULL = "full"
    LOSSLESS = "lossless"
    CONDENSED = "condensed"
    SKELETON = "skeleton"
    EXCERPT = "excerpt"
    REFERENCE = "reference"

    @property
    def exact(self) -> bool:
        """Whether the original can be rebuilt from the rendition alone."""
        return self in (Level.FULL, Level.LOSSLESS)


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes to optimize: a file's, a tool's output, or a request.

    path: the file, if any. plain: it is a text even if it reads like a conversation.
    """

    payload: bytes
    path: str = ""
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Why a block is in the context; every field may be empty.

    query: the question or task in words. tool: the tool's name. command: the shell command or
    the tool's arguments. path: the file shown. reference: an earlier, successful output of the
    same command. fetch: what comes before a handle where it is said how to get an original.
    """

    query: str = ""
    tool: str = ""
    command: str = ""
    path: str = ""
    reference: str = ""
    fetch: str = "aicontext retrieve "


@dataclass(frozen=True, slots=True)
class Rendition:
    """One way to show a block. `why` is a human sentence about what was done."""

    level: Level
    text: str
    why: str


class Form(StrEnum):
    """How evidence must stand in what is shown to count as kept."""

    LINE = "line"
    """As a whole line."""

    PHRASE = "phrase"
    """Anywhere in a line, not as a part of a longer word or number."""

    PLACE = "place"
    """A path and a line number: as `path:12`, or the number listed under or after the path."""


class Evidence(NamedTuple):
    """Something that a block must not lose. `strings` must all stand in what is shown.

    what: its role in words ("failing test", "changed line"). Evidence that is listed several
    times must stand there as often. White space is folded.
    """

    what: str
    strings: tuple[str, ...]
    form: Form = Form.PHRASE


def digest(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes in hex; lone surrogates count as their escapes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def handle(text: str) -> str:
    """What the archive finds the text by: the first HANDLE_LENGTH hex digits of its digest."""
    return digest(text)[:HANDLE_LENGTH]
