"""Settings files on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from stat import S_ISREG

from aicontext.adapters.atomic import replace, sync_folder
from aicontext.domain.errors import InputTooLarge, InvalidInput, NotFound, Unavailable
from aicontext.domain.tools import Paths, System, placed

_LARGEST = 2**24
"""Bytes of a file that is still read; settings are never that long."""


def candidates(
    files: Paths, system: System, home: str, folder: str, environment: Mapping[str, str]
) -> Iterator[PurePath]:
    """Where the files are on a system, absolute; those of a project in its folder."""
    kind = PureWindowsPath if system is System.WINDOWS else PurePosixPath
    for path in files.get(system, ()):
        yield kind(folder) / kind(placed(path, home, environment))


class LocalFiles:
    """environment: this process's. home: the user's folder. folder: of the project."""

    def __init__(
        self,
        environment: Mapping[str, str],
        home: Path,
        folder: Path,
        platform: str = sys.platform,
    ) -> None:
        self._system = System.of(platform)
        self._environment = environment
        self._home = home
        self._folder = folder.absolute()

    def locate(self, files: Paths, *, inside: bool = False) -> str:
        found = [
            Path(path)
            for path in candidates(
                files, self._system, str(self._home), str(self._folder), self._environment
            )
        ]
        if not found:
            raise NotFound(f"No settings file is known for {self._system}.")
        with _told(found[0], "found"):
            chosen = next((path for path in found if path.exists()), found[0])
            real = chosen.resolve()
            if inside and not real.is_relative_to(self._folder.resolve()):
                # A project is anybody's: its links must not lead us to the user's own files.
                raise InvalidInput(f"{chosen} is a link that leads out of the project, to {real}.")
            return str(real)

    def read(self, path: str) -> bytes | None:
        place = Path(path)
        with _told(place, "read"):
            try:
                state = place.stat()
                # A device or a pipe may never end.
                if not S_ISREG(state.st_mode):
                    raise Unavailable(f"{path} is no plain file.")
                if state.st_size > _LARGEST:
                    raise InputTooLarge(f"{path} is larger than {_LARGEST // 2**20} MiB.")
                return place.read_bytes()
            except FileNotFoundError:
                return None

    def write(self, path: str, content: bytes | None, before: bytes | None) -> None:
        if self.read(path) != before:
            raise Unavailable(f"{path} was changed by another program.", hint="Try again.")
        place = Path(path)
        with _told(place, "written"):
            if content is not None:
                place.parent.mkdir(parents=True, exist_ok=True)
                replace(place, content)
            elif before is not None:
                place.unlink()
                sync_folder(place.parent)

    def missing_folders(self, path: str) -> tuple[str, ...]:
        return tuple(str(folder) for folder in Path(path).parents if not folder.exists())

    def remove_folders(self, folders: tuple[str, ...]) -> None:
        for folder in folders:
            with suppress(OSError):
                Path(folder).rmdir()


@contextmanager
def _told(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unavailable(
            f"{path} cannot be {what}: {reason}.", hint="Nothing was changed. Mend that first."
        ) from None
