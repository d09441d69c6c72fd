"""SQLite files that only their owner may read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from aicontext.domain.errors import Unavailable
from aicontext.kit.ids import NewId, time_ordered

_ATTEMPTS, _PAUSE = 500, 0.01
"""To set the log of a file that others open; seconds between two of them."""

_CACHE = 512
"""KiB of pages that a connection keeps: of SQLite's 2,000 the rest saves few reads of the system's
own cache, and a process holds several."""

OF_DAMAGED = "Restore a backup (aicontext restore), or move it away, and a new one is begun."
_HINTS = {
    "SQLITE_FULL": "The disk is full: free some space.",
    "SQLITE_IOERR": "Free some space, and check the disk.",
    "SQLITE_BUSY": "Another process holds it: try again.",
    "SQLITE_CORRUPT": OF_DAMAGED,
    "SQLITE_NOTADB": OF_DAMAGED,
}

NO_STEPS: Mapping[int, str] = MappingProxyType({})


def connected(path: Path, *, timeout: float, threads: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode; the file and its folder are made where they are missing.

    timeout: seconds to wait for others. threads: several may use it, one at a time. Raises OSError,
    sqlite3.Error.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    base = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=not threads
    )
    try:
        with suppress(sqlite3.Error):  # Which comes again where it matters.
            base.execute("SELECT 1 FROM sqlite_master LIMIT 0")
    except UnicodeDecodeError as error:  # SQLite quotes what it finds in place of a schema.
        base.close()
        raise sqlite3.DatabaseError("its schema is damaged") from error
    # The folder may be older than us and open to others. Its logs take the mode of the file.
    with suppress(OSError):
        path.chmod(0o600)
    return base


def opened(
    path: Path,
    prepare: Callable[[sqlite3.Connection], object],
    *,
    timeout: float,
    reading: bool = False,
    threads: bool = False,
) -> sqlite3.Connection:
    """A connection made ready by `prepare`; else as `connected`.

    reading: one that can only be read will do, where nothing may be written. Raises OSError,
    sqlite3.Error, and what `prepare` does.
    """
    base = None
    try:
        base = connected(path, timeout=timeout, threads=threads)
        prepare(base)
    except BaseException as error:
        if base is not None:
            base.close()
        found = _readable(path) if reading and isinstance(error, (OSError, sqlite3.Error)) else None
        if found is None:
            raise
        return found
    return base


class KeptConnection:
    """A connection that stays open while the file of its name is the one that it was opened on; for
    one thread at a time.

    made: opens it. id: of the connection that is open, among those of all processes.
    """

    def __init__(
        self, path: Path, made: Callable[[], sqlite3.Connection], new_id: NewId = time_ordered
    ) -> None:
        self._path, self._made, self._new_id = path, made, new_id
        self._base: sqlite3.Connection | None = None
        self._file = -1
        self.id = ""

    def get(self) -> sqlite3.Connection:
        """Raises OSError, sqlite3.Error, and what `made` does."""
        if self._base is None or not self._in_place():
            self.close()  # First: what closes takes its log away, and a new file has the name.
            self._base = self._made()
            self._file = self._path.stat().st_ino
            self.id = self._new_id(0.0)
        return self._base

    def close(self) -> None:
        if self._base is not None:
            self._base.close()
        self._base = None

    def _in_place(self) -> bool:
        with suppress(OSError):
            return self._path.stat().st_ino == self._file
        return False


def write_ahead(base: sqlite3.Connection, synchronous: str = "FULL") -> None:
    """Readers and who writes do not wait for each other; with FULL what is committed is on disk.
    It keeps few pages of its own.

    Of connections that open a new file at the same time SQLite refuses one at once, whatever time
    it was given. Raises sqlite3.Error.
    """
    for left in reversed(range(_ATTEMPTS)):
        try:
            base.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if not left or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        time.sleep(_PAUSE)
    base.execute(f"PRAGMA synchronous = {synchronous}")
    base.execute(f"PRAGMA cache_size = -{_CACHE}")


def at_schema(
    base: sqlite3.Connection,
    version: int,
    script: str,
    what: str,
    steps: Mapping[int, str] = NO_STEPS,
) -> None:
    """Make the connection durable and the file one of this schema.

    script: statements that change nothing where they ran before. what: the file, as a sentence
    begins with it. steps: by schema, what is done after it, once, to come from the schema before.
    Raises Unavailable where a newer version wrote it, and sqlite3.Error.
    """
    write_ahead(base)
    if _found(base, version, what) == version:
        return
    base.execute("BEGIN IMMEDIATE")
    found = _found(base, version, what)  # Another process may have been first.
    taken = (steps[one] for one in sorted(steps) if found < one)
    for statement in _statements(f"{script} {' '.join(taken)} PRAGMA user_version = {version};"):
        base.execute(statement)
    base.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """One by one, for `executescript` would end the transaction."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _found(base: sqlite3.Connection, version: int, what: str) -> int:
    """The schema of the file."""
    found: int = base.execute("PRAGMA user_version").fetchone()[0]
    if found > version:
        raise Unavailable(
            f"{what} was written by a newer version (schema {found}; this one knows {version}).",
            hint="Update ai-context-platform, or set AICONTEXT_HOME elsewhere.",
        )
    return found


def reason(error: Exception) -> str:
    """What went wrong, in words."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def unusable(what: str, error: Exception) -> Unavailable:
    """what: the file, as a sentence begins with it. error: OSError, sqlite3.Error, or ValueError of
    a damaged row."""
    name = getattr(error, "sqlite_errorname", "")
    hint = next((hint for known, hint in _HINTS.items() if name.startswith(known)), "")
    if isinstance(error, ValueError) or isinstance(error.__cause__, ValueError):
        hint = OF_DAMAGED
    return Unavailable(
        f"{what} cannot be used: {reason(error)}.",
        hint=hint or "Check the disk and its permissions, or set AICONTEXT_HOME elsewhere.",
    )


def _readable(path: Path) -> sqlite3.Connection | None:
    """Where not even SQLite's own shared memory can be made, what others are writing just now is
    not seen."""
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        with suppress(sqlite3.Error, UnicodeDecodeError):
            base = sqlite3.connect(
                f"file:{quote(str(path))}?{mode}", uri=True, isolation_level=None
            )
            try:
                base.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
            except sqlite3.Error:
                base.close()
                continue
            return base
    return None
