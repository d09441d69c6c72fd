"""The files of a folder as they are read, and the commits that made them.

Named tuples, since every command over a repository makes these classes when it starts: that takes a
sixth of the time that it takes for a dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

Stamp = tuple[int, int, int]
"""Size in bytes, when the file was written and when it was changed in any way, in nanoseconds.

As long as it stays equal the file need not be read again. A file that was written so shortly before
that time could not tell of a second write has a stamp that equals no other.
"""


class Skip(StrEnum):
    """Why a file is named and not shown."""

    SECRET = "secret"
    BINARY = "binary"
    GENERATED = "generated"
    MINIFIED = "minified"
    VENDORED = "vendored"
    LARGE = "too large"
    POINTER = "Git LFS pointer"
    LINK = "link"
    SPECIAL = "no plain file"
    REPOSITORY = "repository of its own"
    PSEUDO = "pseudo file system"
    DENIED = "permission denied"
    UNREADABLE = "unreadable"
    CHANGING = "changed while it was read"


class Listing(NamedTuple):
    """What a folder holds, ignored files aside, both in the order of their paths.

    files: {path: stamp} of what can be read. skipped: what is known by its name not to be shown,
    and folders that were not entered, which end in a slash. Paths are from the root, with slashes;
    bytes that are not UTF-8 stand as lone surrogates (`os.fsdecode`).
    """

    files: Mapping[str, Stamp]
    skipped: Mapping[str, Skip]


class Text(NamedTuple):
    """A file's text with its line ends as they are, and the SHA-256 of its bytes.

    exact: whether the bytes were UTF-8; otherwise they were read as UTF-16 or Latin-1.
    """

    text: str
    digest: bytes
    exact: bool = True


class Commit(NamedTuple):
    """at: seconds since the epoch. paths: the files that it changed."""

    id: str
    at: int
    message: str
    paths: tuple[str, ...]


class Commits(NamedTuple):
    """The newest commits up to `head`, newest first, without merges; at most a few thousand.

    head: empty where there is no history. whole: none was left out for want of time.
    """

    head: str = ""
    commits: tuple[Commit, ...] = ()
    whole: bool = True
