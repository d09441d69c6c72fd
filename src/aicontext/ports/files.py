"""The settings files of other programs."""

from __future__ import annotations

from typing import Protocol

from aicontext.domain.tools import Paths


class Files(Protocol):
    """Files by absolute path. Whatever cannot be read or written raises Unavailable."""

    def locate(self, files: Paths, *, inside: bool = False) -> str:
        """The first of the files that exists, else the first, links followed; see `Paths`.

        inside: it must lie in the project's folder. Raises NotFound where none is known for this
        system, InvalidInput where a link leads out of the project.
        """

    def read(self, path: str) -> bytes | None:
        """None where there is no file."""

    def write(self, path: str, content: bytes | None, before: bytes | None) -> None:
        """Put `content` in place of `before`, at once or not at all, durably; None is no file.

        Mode and owner stay, and missing folders are made. Raises Unavailable also where something
        else than `before` stands there.
        """

    def missing_folders(self, path: str) -> tuple[str, ...]:
        """Folders that have to be made for the file, the deepest first."""

    def remove_folders(self, folders: tuple[str, ...]) -> None:
        """Remove those that are empty."""
