"""Running a step that is written in SQL."""

from __future__ import annotations

from pathlib import Path

from alembic import op

_FOLDER = Path(__file__).parent / "versions"


def run(name: str) -> None:
    """The statements of the step for the database that is connected; a blank line is between each
    two of them."""
    dialect = op.get_bind().dialect.name
    path = _FOLDER / f"{name}.{dialect}.sql"
    for statement in path.read_text(encoding="utf-8").split(";\n\n"):
        op.execute(statement.strip().removesuffix(";"))
