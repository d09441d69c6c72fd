"""Other programs' SQLite files, read without a trace."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

_WAIT = 2.0
"""Seconds for a writer to be done."""


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that can only read. Raises sqlite3.Error.

    While a program has the file open, its log lies beside it: that log is read too, and readers of
    a log keep no writer waiting. Without a log nothing is locked, and no file is made.
    """
    live = any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal"))
    mode = "mode=ro" if live else "mode=ro&immutable=1"
    address = f"file:{quote(str(path))}?{mode}"
    with closing(sqlite3.connect(address, uri=True, timeout=_WAIT)) as base:
        base.row_factory = sqlite3.Row
        base.text_factory = lambda raw: raw.decode("utf-8", "replace")
        yield base


def rows(base: sqlite3.Connection, query: str, *values: object) -> Iterator[dict[str, Any]]:
    """By the columns' names. Raises sqlite3.Error."""
    return (dict(row) for row in base.execute(query, values))


def columns(base: sqlite3.Connection, table: str) -> set[str]:
    """Of a table; none where there is no such table."""
    return {row["name"] for row in base.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def held(value: object) -> Mapping[str, Any]:
    """The object in a column that holds JSON; empty where there is none."""
    found = parsed(value)
    return found if isinstance(found, Mapping) else {}


def parsed(value: object) -> Any:
    if not isinstance(value, str | bytes):
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
