"""SQL databases, as SQLAlchemy's engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from aicontext.adapters.database import reason
from aicontext.adapters.sqlite_connection import Connection
from aicontext.domain.errors import InvalidInput, Unavailable

_PATIENCE = 10.0
"""Seconds that a connection, a statement, or waiting for who else writes may take."""


_SQLITE = {
    "SQLITE_CORRUPT": ("is damaged", "Restore a backup (aicontext restore)."),
    "SQLITE_NOTADB": ("is damaged", "Restore a backup (aicontext restore)."),
    "SQLITE_FULL": ("has no room", "The disk is full: free some space."),
    "SQLITE_IOERR": ("cannot be used", "Free some space, and check the disk."),
}

_OPENED = {"isolation_level": None, "timeout": _PATIENCE}


def sqlite_engine(path: Path) -> AsyncEngine:
    """Of a file that only its owner may read, which is made where it is missing. Transactions are
    begun by statements. Raises Unavailable where it can neither be opened nor made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    except OSError as error:
        raise Unavailable(
            f"The database {path} cannot be used: {reason(error)}.",
            hint="Check the disk and its permissions, or set AICONTEXT_HOME elsewhere.",
        ) from None
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        connect_args={"async_creator_fn": Connection, **_OPENED},
        pool_size=8,
        max_overflow=0,
        pool_timeout=_PATIENCE,
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    return engine


async def opened(path: Path) -> Connection:
    """A connection to such a file beside its engine's."""
    made = Connection(str(path), **_OPENED)
    await made
    try:
        await made.durable()
    except BaseException:
        await made.close()
        raise
    return made


def unanswered(what: str, error: Exception) -> Unavailable:
    """what: is kept in the database that raised the error, for words. Nothing of the transaction
    was kept."""
    cause = getattr(error, "orig", None) or error
    name = "_".join(getattr(cause, "sqlite_errorname", "").split("_")[:2])
    if name in _SQLITE:
        how, hint = _SQLITE[name]
        return Unavailable(f"The {what}' database {how}: {cause}.", hint=hint)
    return Unavailable(
        f"The {what}' database gave no answer ({type(cause).__name__}).",
        hint="Nothing of it was kept. Look at the database, then try again.",
    )


def postgresql_engine(url: str, what: str, connections: int) -> AsyncEngine:
    """url: postgresql://USER:PASSWORD@HOST/NAME. what: is kept there, for words. connections: that
    this process opens at most. Raises InvalidInput for an address that is none."""
    try:
        address = make_url(url).set(drivername="postgresql+asyncpg")
    except ArgumentError:
        raise InvalidInput(
            f"The {what}' address is none.", hint="Give postgresql://USER@HOST/NAME."
        ) from None
    return create_async_engine(
        address,
        connect_args={
            "timeout": _PATIENCE,
            "command_timeout": _PATIENCE,
            "server_settings": {"idle_in_transaction_session_timeout": "60000"},
        },
        pool_size=connections,
        max_overflow=0,
        pool_timeout=_PATIENCE,
        pool_pre_ping=True,
    )


def _prepare(connection: Any, record: Any) -> None:
    connection.run_async(Connection.durable)
