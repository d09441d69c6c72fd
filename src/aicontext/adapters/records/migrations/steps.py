"""Which steps were taken, and taking those that are left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from aicontext.domain.errors import InvalidInput

_LOCK = 0x61696374
"""Of PostgreSQL's advisory locks; two processes that upgrade go one after the other."""


def upgrade(connection: Connection) -> Sequence[str]:
    """Take the steps that are left, in the connection's transaction; what each is called. Raises
    InvalidInput where the schema is newer than this program."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    scripts = ScriptDirectory.from_config(_config(connection))
    before = _taken(connection, scripts)
    command.upgrade(_config(connection), "head")
    left = scripts.iterate_revisions("head", before or "base")
    return [step.doc for step in reversed(list(left)) if step.revision != before]


def check(connection: Connection) -> None:
    """Raises InvalidInput where steps are left, or the schema is newer than this program."""
    scripts = ScriptDirectory.from_config(_config(connection))
    if _taken(connection, scripts) != scripts.get_current_head():
        raise InvalidInput(
            "The records' schema is older than this program.",
            hint="Run: aicontext storage migrate.",
        )


def _taken(connection: Connection, scripts: ScriptDirectory) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {step.revision for step in scripts.walk_revisions()}:
        raise InvalidInput(
            "The records' schema was written by a newer release.",
            hint="Install that release, or restore a backup that is older than it.",
        )
    return found


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
