"""Copies of all that the product keeps on this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackedFile:
    """name: below the home, with slashes. mode: its permissions, and whether it is a link, which
    holds where it leads. chunks: digests of its content's parts, in order."""

    name: str
    mode: int
    size: int
    chunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backup:
    """id: sorts by time. at: epoch seconds when it was begun. release: of the product, by which it
    was made."""

    id: str
    at: float
    release: str
    files: tuple[BackedFile, ...]

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Made:
    """added: bytes that were not kept by earlier backups."""

    backup: Backup
    added: int


@dataclass(frozen=True, slots=True)
class Restored:
    """former: the folder where the state from before lies now; "" where there was none."""

    backup: Backup
    former: str
