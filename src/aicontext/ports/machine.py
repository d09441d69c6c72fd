"""What is installed where we run."""

from __future__ import annotations

from typing import Protocol

from aicontext.domain.tools import System


class Machine(Protocol):
    """The user's machine, and the project in the current folder."""

    @property
    def system(self) -> System: ...

    def has_command(self, name: str) -> bool:
        """Whether a program of that name can be started."""

    def has_path(self, path: str) -> bool:
        """Whether a file or folder is there; `path` as catalogues write it, see `Paths`."""

    def has_extension(self, name: str) -> bool:
        """Whether VS Code or one of its kin has the extension publisher.name."""

    def has_package(self, name: str) -> bool:
        """Whether the project asks for it; `name` begins with pypi: or npm:."""
