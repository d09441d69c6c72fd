"""Objects as files of a folder."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

from aicontext.adapters import atomic
from aicontext.domain.errors import NotFound, Unavailable

Answer = TypeVar("Answer")

_PASSING = "."
"""What the names of files begin with that are not whole yet; no object's name does."""


class FolderObjects:
    """One file an object, found by its name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, file: Path) -> None:
        try:
            await _off_the_loop(lambda: self._put(name, file))
        except NotFound:
            raise _unusable("no such folder can be made") from None

    async def size(self, name: str) -> int | None:
        try:
            found = await _off_the_loop((self._root / name).stat)
        except NotFound:
            return None
        return found.st_size

    async def read(self, name: str, first: int, length: int) -> bytes:
        return await _off_the_loop(lambda: _read(self._root / name, first, length))

    async def remove(self, name: str) -> None:
        await _off_the_loop(lambda: (self._root / name).unlink(missing_ok=True))

    async def names(self, prefix: str) -> AsyncIterator[str]:
        for name in await _off_the_loop(lambda: self._names(prefix)):
            yield name

    async def close(self) -> None: ...

    def _put(self, name: str, file: Path) -> None:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        passing = path.with_name(f"{_PASSING}{path.name}.{secrets.token_hex(4)}")
        try:
            shutil.copyfile(file, passing)  # The file may lie on another disk.
            with passing.open("rb+") as written:
                os.fsync(written.fileno())
            os.replace(passing, path)
        except BaseException:
            passing.unlink(missing_ok=True)
            raise
        for folder in path.relative_to(self._root).parents:
            atomic.sync_folder(self._root / folder)

    def _names(self, prefix: str) -> list[str]:
        found = []
        for folder, _, files in os.walk(self._root / prefix, onerror=_unless_gone):
            below = Path(folder).relative_to(self._root)
            found += [(below / name).as_posix() for name in files if not name.startswith(_PASSING)]
        return sorted(found)


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _read(path: Path, first: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(first)
        return file.read(length)


async def _off_the_loop(work: Callable[[], Answer]) -> Answer:
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError:
        raise NotFound("There is no such content.") from None
    except OSError as error:
        raise _unusable(error.strerror or type(error).__name__) from None


def _unusable(why: str) -> Unavailable:
    return Unavailable(
        f"The folder of contents cannot be used ({why}).",
        hint="Nothing was kept. Make room, or make it writable, then try again.",
    )
