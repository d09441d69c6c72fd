"""The files in which the product keeps its own state on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class Home(Protocol):
    """Every method raises Unavailable where the disk does not do what is asked."""

    def names(self) -> Sequence[str]:
        """The files, in the order in which they are to be copied: what refers to others comes
        before them. What can be made again from elsewhere is left out. Raises InvalidInput where
        some lie elsewhere, and would be missed."""

    def still(self) -> AbstractContextManager[None]:
        """While nobody opens what cannot be copied when it is written. Raises Unavailable where
        somebody has it open."""

    def copy(self, name: str, target: Path) -> int:
        """Copy a file as it is at one moment, whoever is writing to it; its permissions. Of a
        link, where it leads; its mode says that it is one."""

    def check(self, name: str, copy: Path) -> None:
        """Raises InvalidInput where the copy of a file cannot be used as it is."""

    def replaced(self) -> AbstractContextManager[Path]:
        """A new folder, to be filled; it takes the place of all files at the end, unless there was
        an error."""

    def former(self) -> str:
        """Where the files lie that were replaced last by this object; "" where there were none."""

    def scratch(self) -> AbstractContextManager[Path]:
        """A folder for copies, private and gone afterwards."""
