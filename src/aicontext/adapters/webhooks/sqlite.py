"""Webhooks in one SQLite file: durable, shared by processes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from aicontext.adapters.database import at_schema, opened, unusable
from aicontext.domain.extension.webhooks import Delivery, Endpoint, Message, State
from aicontext.ports.webhooks import Claim

SCHEMA = 1
"""Of the file, in its user_version."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS endpoints (
  name TEXT PRIMARY KEY, url TEXT NOT NULL, secrets TEXT NOT NULL, disabled TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
  id TEXT PRIMARY KEY, type TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
  message TEXT NOT NULL REFERENCES messages ON DELETE CASCADE,
  endpoint TEXT NOT NULL REFERENCES endpoints ON DELETE CASCADE,
  state TEXT NOT NULL, attempts INTEGER NOT NULL, due REAL NOT NULL,
  status INTEGER NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY (message, endpoint)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE INDEX IF NOT EXISTS deliveries_of ON deliveries (endpoint);
CREATE TABLE IF NOT EXISTS senders (name TEXT PRIMARY KEY, secrets TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS received (
  sender TEXT NOT NULL, id TEXT NOT NULL, at REAL NOT NULL, until REAL, PRIMARY KEY (sender, id)
) WITHOUT ROWID;
"""
_COLUMNS = """
m.id, m.type, m.at, m.body, d.endpoint, d.state, d.attempts, d.due, d.status, d.why
"""
_JOINED = "deliveries d JOIN messages m ON m.id = d.message"


class SqliteWebhooks:
    """The outbox and the inbox of one user; safe for several processes and for `kill -9`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, endpoint: Endpoint) -> None:
        row = endpoint.name, endpoint.url, json.dumps(endpoint.secrets), endpoint.disabled
        with self._writing() as base:
            base.execute(
                "INSERT INTO endpoints VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                " url = excluded.url, secrets = excluded.secrets, disabled = excluded.disabled",
                row,
            )

    def remove(self, name: str) -> bool:
        with self._writing() as base:
            return base.execute("DELETE FROM endpoints WHERE name = ?", (name,)).rowcount > 0

    def endpoints(self) -> list[Endpoint]:
        if not self._path.exists():
            return []
        with self._open() as base:
            rows = base.execute("SELECT * FROM endpoints ORDER BY name").fetchall()
        return [_endpoint(*row) for row in rows]

    def put(self, message: Message, endpoints: tuple[str, ...]) -> None:
        with self._writing() as base:
            row = message.id, message.type, message.at, message.body
            base.execute("INSERT INTO messages VALUES (?, ?, ?, ?)", row)
            base.executemany(
                "INSERT INTO deliveries VALUES (?, ?, 'pending', 0, ?, 0, '')",
                [(message.id, name, message.at) for name in endpoints],
            )

    def take(self, now: float, lease: float, longest: float) -> tuple[Delivery, Endpoint] | None:
        if not self._path.exists():
            return None
        due, given = "state = 'pending' AND (due <= ? OR due > ?)", (now, now + longest)
        with self._open() as base:
            # Looked at first without a lock: nearly always there is nothing.
            if not base.execute(f"SELECT 1 FROM deliveries WHERE {due}", given).fetchone():
                return None
        with self._writing() as base:
            row = base.execute(
                f"SELECT {_COLUMNS}, e.* FROM {_JOINED} JOIN endpoints e ON e.name = d.endpoint"
                f" WHERE {due} ORDER BY d.due LIMIT 1",
                given,
            ).fetchone()
            if row is None:
                return None
            base.execute(
                "UPDATE deliveries SET due = ? WHERE message = ? AND endpoint = ?",
                (now + lease, row[0], row[4]),
            )
        return _delivery(row[:10]), _endpoint(*row[10:])

    def settle(self, delivery: Delivery) -> None:
        row = delivery.state, delivery.attempts, delivery.due, delivery.status, delivery.why
        with self._writing() as base:
            base.execute(
                "UPDATE deliveries SET state = ?, attempts = ?, due = ?, status = ?, why = ?"
                " WHERE message = ? AND endpoint = ?",
                (*row, delivery.message.id, delivery.endpoint),
            )

    def deliveries(self, state: State | None, limit: int) -> list[Delivery]:
        if not self._path.exists():
            return []
        with self._open() as base:
            rows = base.execute(
                f"SELECT {_COLUMNS} FROM {_JOINED} WHERE ? IS NULL OR d.state = ?"
                " ORDER BY m.at DESC, m.id DESC, d.endpoint LIMIT ?",
                (state, state, limit),
            ).fetchall()
        return [_delivery(row) for row in rows]

    def replay(self, now: float, message: str = "", state: State = State.DEAD) -> int:
        chosen, given = ("message = ?", message) if message else ("state = ?", state)
        with self._writing() as base:
            return base.execute(
                f"UPDATE deliveries SET state = 'pending', attempts = 0, due = ? WHERE {chosen}",
                (now, given),
            ).rowcount

    def purge(self, before: float) -> None:
        with self._writing() as base:
            base.execute("DELETE FROM received WHERE at < ?", (before,))
            base.execute(
                "DELETE FROM messages WHERE at < ? AND NOT EXISTS"
                " (SELECT 1 FROM deliveries WHERE message = id AND state != 'delivered')",
                (before,),
            )

    def accept(self, sender: str, secrets: tuple[str, ...]) -> None:
        with self._writing() as base:
            base.execute("DELETE FROM senders WHERE name = ?", (sender,))
            if secrets:
                base.execute("INSERT INTO senders VALUES (?, ?)", (sender, json.dumps(secrets)))

    def secrets(self, sender: str) -> tuple[str, ...]:
        if not self._path.exists():
            return ()
        with self._open() as base:
            row = base.execute("SELECT secrets FROM senders WHERE name = ?", (sender,)).fetchone()
        return tuple(json.loads(row[0])) if row else ()

    def claim(self, sender: str, id_: str, now: float, lease: float) -> Claim:
        with self._writing() as base:
            row = base.execute(
                "SELECT until FROM received WHERE sender = ? AND id = ?", (sender, id_)
            ).fetchone()
            if row and row[0] is None:
                return Claim.DONE
            if row and now < row[0] <= now + lease:  # Later: the clock was put back since.
                return Claim.BUSY
            base.execute(
                "INSERT OR REPLACE INTO received VALUES (?, ?, ?, ?)",
                (sender, id_, now, now + lease),
            )
        return Claim.OURS

    def done(self, sender: str, id_: str) -> None:
        self._write("UPDATE received SET until = NULL WHERE sender = ? AND id = ?", sender, id_)

    def release(self, sender: str, id_: str) -> None:
        self._write("DELETE FROM received WHERE sender = ? AND id = ?", sender, id_)

    def _write(self, statement: str, *given: str) -> None:
        with self._writing() as base:
            base.execute(statement, given)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._open() as base:
            base.execute("BEGIN IMMEDIATE")
            yield base
            base.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(opened(self._path, self._prepare, timeout=30)) as base:
                yield base
        except (OSError, sqlite3.Error) as error:
            raise unusable(f"The record of webhooks {self._path}", error) from error

    def _prepare(self, base: sqlite3.Connection) -> None:
        at_schema(base, SCHEMA, _SCHEMA, f"The record of webhooks {self._path}")
        base.execute("PRAGMA foreign_keys = ON")


def _endpoint(name: str, url: str, secrets: str, disabled: str) -> Endpoint:
    return Endpoint(name, url, tuple(json.loads(secrets)), disabled)


def _delivery(row: tuple[Any, ...]) -> Delivery:
    id_, type_, at, body, endpoint, state, *rest = row
    return Delivery(Message(id_, type_, at, body), endpoint, State(state), *rest)
