"""Clients of ClickHouse by address, and its errors in words."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, ProgrammingError

from aicontext.domain.errors import AiContextError, InvalidInput, MissingExtra, Unavailable

_PATIENCE, _LONGEST = 30, 300
"""Seconds that connecting, and an answer, may take."""

_SETTINGS = {
    "wait_for_async_insert": 1,  # Where the server gathers inserts, wait until they are written.
    "do_not_merge_across_partitions_select_final": 1,  # Duplicates are of one day.
    "max_query_size": 16_000_000,  # A query names the days that are summed up.
    "max_execution_time": _LONGEST,
}
_DAMAGED = {32, 33, 40, 226, 228, 246, 271, 432}
"""Codes of errors in what was read from the disk."""

_FULL = {ENOSPC, EDQUOT, EFBIG}
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())  # We say it ourselves.

_HINTS = {
    81: "Create the database, or name another one in the address.",
    74: "Free some space, and check the disk.",
    75: "Free some space, and check the disk.",
    243: "The disk is full: free some space.",
    252: "It has not yet merged what was written before: try again.",
    516: "Mend user and password in the address.",
    497: "Give its user the right to create and to fill tables.",
}


def connected(address: str) -> Client:
    """Raises InvalidInput where the address is none, MissingExtra, Unavailable."""
    parts = urlsplit(address)
    if parts.scheme == "chdb":
        (database,) = parse_qs(parts.query).get("database", ["default"])
        return _in_process(Path(unquote(parts.path)), database)
    if parts.scheme not in ("clickhouse", "clickhouses", "http", "https") or not parts.hostname:
        raise InvalidInput(
            "The usage events' address is none.",
            hint="Give clickhouse://USER@HOST/DATABASE, or chdb:///FOLDER.",
        )
    secure = parts.scheme in ("clickhouses", "https")
    return clickhouse_connect.get_client(
        host=parts.hostname,
        port=parts.port or (8443 if secure else 8123),
        username=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or "default",
        secure=secure,
        autogenerate_session_id=False,  # Threads may ask at the same time.
        connect_timeout=_PATIENCE,
        send_receive_timeout=_LONGEST,
        settings=_SETTINGS,
    )


def _in_process(folder: Path, database: str) -> Client:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return clickhouse_connect.get_client(
            interface="chdb", path=str(folder), database=database, settings=_SETTINGS
        )
    except ImportError:
        raise MissingExtra(
            "Usage events at chdb:// need the engine.",
            hint="Run: pip install 'ai-context-platform[chdb]'.",
        ) from None
    except ProgrammingError as error:
        if not _taken(folder):
            raise Unavailable(
                f"The usage events in {folder} cannot be opened: {_words(error)}.",
                hint="If its files are damaged, restore them from a backup.",
            ) from error
        raise Unavailable(
            f"The usage events in {folder} are in use by another process.",
            hint="Only one may open them: stop it, or let both use a ClickHouse server (set "
            "AICONTEXT_EVENTS to clickhouse://HOST/DATABASE).",
        ) from error


def _taken(folder: Path) -> bool:
    """Whether a process holds the engine's lock, which itself only says that it cannot start."""
    try:
        with (folder / "status").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


@contextmanager
def explained() -> Iterator[None]:
    """What the client raises, as Unavailable with what to do."""
    try:
        yield
    except AiContextError:
        raise
    except (ClickHouseError, OSError) as error:
        code = getattr(error, "code", None)
        hint = _HINTS.get(code or 0, "Check its address, and that it runs.")
        if code in _DAMAGED:
            hint = "It is damaged: restore it from a backup."
        if isinstance(error, OSError) and error.errno in _FULL:
            hint = _HINTS[243]
        raise Unavailable(
            f"The usage events' store cannot be used: {_words(error)}.", hint=hint
        ) from error


def _words(error: Exception) -> str:
    """Without the address, which may hold a password."""
    if "Max retries exceeded" in str(error):
        return "it cannot be reached"
    return str(error).partition(" (for url")[0].partition("Stack trace")[0].strip(" .\n")[:300]
