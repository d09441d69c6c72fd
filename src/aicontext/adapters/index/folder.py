"""A folder of files that are written once, whole, and mapped into memory to be read."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.engine.prioritize.index.container import checksum, unpacked

_MANIFEST = "manifest"
LOCK = "lock"
_PART = ".part"


class Folder:
    """Its manifest says which of its files count; the others are leftovers."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def writable(self) -> Iterator[None]:
        """Makes the folder. Raises Unavailable where the system refuses what is done inside."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            yield
        except OSError as error:
            raise Unavailable(
                f"The index in {self.path} cannot be written: {error.strerror}.",
                hint="Free some space, mend its permissions, or set AICONTEXT_HOME elsewhere.",
            ) from error

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Raises Unavailable where the system refuses what is done inside."""
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"The index in {self.path} cannot be read: {error.strerror}.",
                hint="Mend its permissions, or remove it: it is made anew.",
            ) from error

    def write(self, parts: Sequence[bytes]) -> str:
        """The name of a new file, which is on disk when this returns."""
        name = checksum(parts[0]) + os.urandom(4).hex()
        self._write(name, parts)
        return name

    def read(self, name: str) -> list[memoryview]:
        """The sections of a file by the name that `write` gave it. Raises InvalidInput, OSError."""
        content = self._content(name)
        sections = unpacked(content)
        if not name.startswith(checksum(content)):
            raise InvalidInput("one of its files stands in for another")
        return sections

    def manifest(self) -> list[memoryview]:
        """Raises InvalidInput, FileNotFoundError."""
        return unpacked(self._content(_MANIFEST))

    def _content(self, name: str) -> memoryview:
        with (self.path / name).open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise InvalidInput("it is empty")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def state(self) -> tuple[int, int, int] | None:
        """Differs whenever the manifest was replaced; None without one."""
        try:
            found = (self.path / _MANIFEST).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def size(self) -> int:
        """Bytes of its files."""
        try:
            entries = list(os.scandir(self.path))
        except FileNotFoundError:
            return 0
        total = 0
        for entry in entries:
            with suppress(FileNotFoundError):
                total += entry.stat().st_size
        return total

    def publish(self, manifest: Iterable[bytes], used: Iterable[str]) -> None:
        """Replace the manifest by one that uses these files, and remove what is not needed."""
        self._write(_MANIFEST, manifest)
        self.tidy(used)

    def tidy(self, used: Iterable[str]) -> None:
        """Remove what neither the manifest, which uses these files, nor the lock needs."""
        kept = {*used, _MANIFEST, LOCK}
        for entry in os.scandir(self.path):
            if entry.name not in kept:
                with suppress(OSError):
                    Path(entry.path).unlink()

    def _write(self, name: str, parts: Iterable[bytes]) -> None:
        part = self.path / (name + _PART)
        try:
            with part.open("wb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path / name)
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise
        self._sync()

    def _sync(self) -> None:
        """Names are on disk too, where folders can be opened."""
        with suppress(OSError):
            folder = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
