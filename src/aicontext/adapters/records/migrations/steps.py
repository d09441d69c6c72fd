"""Which steps were taken, and taking those that are left.

A step is a file of SQL for each database, `NUMBER_NAME.DATABASE.sql`; a blank line is between each
two of its statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text

from aicontext.domain.errors import InvalidInput

_FOLDER = Path(__file__).parent / "versions"
_LOCK = 0x61696374
"""Of PostgreSQL's advisory locks; two processes that upgrade go one after the other."""

_TABLE = "alembic_version"
"""Named by the program that took the steps of former releases."""


def upgrade(connection: Connection) -> Sequence[str]:
    """Take the steps that are left, in the connection's transaction; what each is called. Raises
    InvalidInput where the schema is newer than this program."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    left = _left(connection)
    if left and left[0] == _steps(connection.dialect.name)[0]:
        connection.exec_driver_sql(
            f"CREATE TABLE IF NOT EXISTS {_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        )
    for step in left:
        for statement in step.read_text(encoding="utf-8").split(";\n\n"):
            connection.exec_driver_sql(statement.strip().removesuffix(";"))
    if left:
        connection.execute(text(f"DELETE FROM {_TABLE}"))
        new = text(f"INSERT INTO {_TABLE} VALUES (:number)")
        connection.execute(new, {"number": _number(left[-1])})
    return [step.name.partition("_")[2].partition(".")[0] for step in left]


def check(connection: Connection) -> None:
    """Raises InvalidInput where steps are left, or the schema is newer than this program."""
    if _left(connection):
        raise InvalidInput(
            "The records' schema is older than this program.",
            hint="Run: aicontext storage migrate.",
        )


def _left(connection: Connection) -> Sequence[Path]:
    """Raises InvalidInput where the schema is newer than this program."""
    steps, taken = _steps(connection.dialect.name), None
    if connection.dialect.has_table(connection, _TABLE):
        taken = connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar()
    if taken is None:
        return steps
    numbers = [_number(step) for step in steps]
    if taken not in numbers:
        raise InvalidInput(
            "The records' schema was written by a newer release.",
            hint="Install that release, or restore a backup that is older than it.",
        )
    return steps[numbers.index(taken) + 1 :]


@cache
def _steps(dialect: str) -> Sequence[Path]:
    return sorted(_FOLDER.glob(f"[0-9]*.{dialect}.sql"))


def _number(step: Path) -> str:
    return step.name.partition("_")[0]
