"""The record as a folder of JSON files, one for each file that holds parts of ours.

They hold what the files held before us, so that a person can put it back by hand.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aicontext.adapters.atomic import replace, sync_folder
from aicontext.adapters.database import connected, reason
from aicontext.domain.errors import Unavailable
from aicontext.domain.tools import Format, Held, Part, Scope, Via

SCHEMA = 1
"""Of the files."""

_WAIT = 30.0
"""Seconds for which another process may hold the record."""


class ConnectionsFolder:
    """Safe for several processes and for `kill -9` at any point."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                # SQLite's lock ends with the process, on every system.
                base = connected(self._folder / "lock", timeout=_WAIT)
                stack.enter_context(closing(base))
                base.execute("BEGIN EXCLUSIVE")
                # Who was killed while it wrote left what it wrote, which may hold keys.
                for left in self._folder.glob(".*.tmp"):
                    left.unlink()
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_BUSY:
                    raise self._unusable(error) from None
                raise Unavailable(
                    f"The record of connections {self._folder} is in use by another aicontext.",
                    hint="Try again when that is done.",
                ) from None
            except OSError as error:
                raise self._unusable(error) from None
            yield

    def all(self) -> Iterator[Held]:
        for path in sorted(self._folder.glob("*.json")):
            try:
                held = _held(json.loads(path.read_text(encoding="utf-8")))
            except FileNotFoundError:
                continue
            except OSError as error:
                raise self._unusable(error) from None
            except (ValueError, KeyError, TypeError):
                raise Unavailable(
                    f"The record of a connection {path} is damaged.",
                    hint="Move it away, and put back by hand what it says a settings file held.",
                ) from None
            yield held

    def keep(self, held: Held) -> None:
        body = json.dumps(_record(held), ensure_ascii=False, indent=1).encode()
        try:
            replace(self._place(held.path), body, 0o600)
        except OSError as error:
            raise self._unusable(error) from None

    def forget(self, path: str) -> None:
        try:
            self._place(path).unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from None
        sync_folder(self._folder)

    def _place(self, path: str) -> Path:
        return self._folder / f"{hashlib.sha256(path.encode()).hexdigest()[:16]}.json"

    def _unusable(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"The record of connections {self._folder} cannot be used: {reason(error)}.",
            hint="Free some space, mend its permissions, or set AICONTEXT_HOME elsewhere.",
        )


def _record(held: Held) -> dict[str, Any]:
    texts = {
        name: None if held_bytes is None else held_bytes.decode()
        for name, held_bytes in (
            ("original", held.original),
            ("before", held.before),
            ("content", held.content),
        )
    }
    parts = [asdict(part) for part in held.parts]
    return {
        "schema": SCHEMA,
        "path": held.path,
        "done": held.done,
        "folders": held.folders,
        "parts": parts,
        **texts,
    }


def _held(record: dict[str, Any]) -> Held:
    if record["schema"] > SCHEMA:
        raise Unavailable(
            f"The connection of {record['path']} was recorded by a newer version.",
            hint="Update ai-context-platform, or set AICONTEXT_HOME elsewhere.",
        )
    texts = {
        name: None if record[name] is None else record[name].encode()
        for name in ("original", "before", "content")
    }
    return Held(
        path=record["path"],
        parts=tuple(map(_part, record["parts"])),
        folders=tuple(record["folders"]),
        done=record["done"],
        **texts,
    )


def _part(record: dict[str, Any]) -> Part:
    return Part(
        record["tool"],
        Via(record["via"]),
        Scope(record["scope"]),
        Format(record["format"]),
        record["fragment"],
        record["owned"],
        record["at"],
        tuple((name, url) for name, url in record["upstreams"]),
    )
