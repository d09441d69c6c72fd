"""The product's own files in one folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from aicontext.adapters import atomic
from aicontext.adapters.lock import try_lock
from aicontext.domain.errors import InvalidInput, Unavailable

_MADE_AGAIN = ("repositories", "vectors-index")
"""Folders of what is read again from the user's files, or made of others of ours."""

_PASSING = ("-wal", "-shm", "-journal", ".tmp", ".part", ".lock")
_LAST = "archive.db"
"""Others name what it holds; copied after them, it holds what their copies name."""

_SQLITE = b"SQLite format 3\0"


_LOCK = "status"
"""ClickHouse's engine's own, in its folder."""


class HomeFolder:
    """engine: the folder of ClickHouse's engine, where events are kept by it in this process."""

    def __init__(self, path: Path, engine: Path | None = None) -> None:
        self._path = path.resolve()  # So a link to it stays one when it is replaced.
        self._engine = engine.resolve() if engine else None
        self._former = ""

    def names(self) -> Sequence[str]:
        if self._engine and not self._engine.is_relative_to(self._path):
            raise InvalidInput(
                f"The usage events in {self._engine} lie outside of {self._path}: they would be "
                "missed.",
                hint="While nothing runs, move it there, and set AICONTEXT_EVENTS to that.",
            )
        found = []
        for folder, folders, files in os.walk(self._path):
            below = Path(folder).relative_to(self._path)
            if below == Path():
                folders[:] = [name for name in folders if name not in _MADE_AGAIN]
            for name in (*files, *folders):
                path = Path(folder) / name
                if not name.endswith(_PASSING) and self._kept(path):
                    found.append((below / name).as_posix())
        return sorted(found, key=lambda name: (name == _LAST, name))

    @contextmanager
    def still(self) -> Iterator[None]:
        if self._engine is None or not self._engine.exists():
            yield
            return
        lock = self._engine / _LOCK
        new = not lock.exists()
        with lock.open("ab") as file:
            try:
                try_lock(file.fileno())
            except OSError:
                raise Unavailable(
                    f"The usage events in {self._engine} are in use by another process.",
                    hint="Stop it while they are backed up.",
                ) from None
            try:
                yield
            finally:
                if new:
                    lock.unlink()

    def copy(self, name: str, target: Path) -> int:
        path = self._path / name
        with _told(f"{path} cannot be copied"):
            if path.is_symlink():
                target.write_text(os.readlink(path))
                return path.lstat().st_mode
            if _is_database(path):
                with (
                    closing(sqlite3.connect(path, timeout=10)) as source,
                    closing(sqlite3.connect(target)) as copy,
                ):
                    source.backup(copy)
                    copy.execute("PRAGMA journal_mode=DELETE")
            else:
                shutil.copyfile(path, target)
            return path.stat().st_mode & 0o777

    def check(self, name: str, copy: Path) -> None:
        if copy.is_symlink() or not _is_database(copy):
            return
        try:
            with closing(sqlite3.connect(copy)) as base:
                found = base.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.Error as error:
            found = str(error)
        if found != "ok":
            raise InvalidInput(
                f"The copy of {name} is damaged ({found}).",
                hint="Take an older backup; where it is what was copied, restore one.",
            )

    @contextmanager
    def replaced(self) -> Iterator[Path]:
        """A process that dies in here leaves the old files or the new ones in their place, or,
        between two renames, none; the old ones are aside then, and doing it again mends it."""
        staging = self._path.with_name(f".{self._path.name}.restoring")
        with _told(f"Nothing can be written beside {self._path}"):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(f"{staging}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with _told(f"{self._path} is being restored by another process"):
                try_lock(lock)
            shutil.rmtree(staging, ignore_errors=True)  # Of one that was killed.
            with _told(f"Nothing can be written beside {self._path}"):
                staging.mkdir(mode=0o700)
            try:
                yield staging
                with _told(f"{self._path} cannot be replaced"):
                    self._swap(staging)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
        finally:
            os.close(lock)

    def former(self) -> str:
        return self._former

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="aicontext-") as folder:
            yield Path(folder)

    def _kept(self, path: Path) -> bool:
        """Raises InvalidInput for a link, but for the engine's own, which lead back into it."""
        engine = self._engine is not None and path.is_relative_to(self._engine)
        if path.is_symlink():
            if not engine:
                raise InvalidInput(
                    f"{path} is a link: what it leads to would be missed.",
                    hint="While nothing runs, put that in its place, or remove the link.",
                )
            return True
        return path.is_file() and not (engine and path.name == _LOCK)

    def _swap(self, staging: Path) -> None:
        if self._path.exists():
            number = 1
            while (former := self._path.with_name(f"{self._path.name}.before-{number}")).exists():
                number += 1
            self._path.rename(former)
            self._former = str(former)
        staging.rename(self._path)
        atomic.sync_folder(self._path.parent)


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise Unavailable(f"{what} ({why}).", hint="Make room or mend that, then again.") from None
