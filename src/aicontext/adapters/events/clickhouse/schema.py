"""The schema's steps: pairs of SQL files, numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING

from aicontext.domain.errors import Unavailable

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_STEPS = """
CREATE TABLE IF NOT EXISTS schema_steps (
    number UInt32, name String, at DateTime DEFAULT now()
) ENGINE = ReplacingMergeTree ORDER BY number SETTINGS fsync_after_insert = 1"""

_SETTING = re.compile(r"\b(?:MODIFY|RESET) SETTING (\w+)")
_KNOWN = "SELECT 1 FROM system.merge_tree_settings WHERE name = {name:String}"


def upgrade(client: Client) -> list[str]:
    """Take the steps that are left, one after the other; what they are called. Each can be taken
    again where it was cut short. Raises Unavailable where the schema is of a newer release."""
    client.command(_STEPS)
    known = dict(_names())
    taken = _taken(client)
    if newer := taken - known.keys():
        raise Unavailable(
            f"The usage events' schema was written by a newer release (step {max(newer)}; this one "
            f"knows {max(known)}).",
            hint="Install that release, or restore a backup that is older than it.",
        )
    left = [number for number in sorted(known) if number not in taken]
    for number in left:
        _run(client, f"{known[number]}.up.sql")
        row = [(number, known[number])]
        client.insert("schema_steps", row, column_names=["number", "name"])
    return [known[number] for number in left]


def downgrade(client: Client) -> str:
    """Take back the last step; what it is called. What it brought is lost."""
    known = dict(_names())
    last = max(_taken(client))
    _run(client, f"{known[last]}.down.sql")
    client.command("DELETE FROM schema_steps WHERE number = {last:UInt32}", {"last": last})
    return known[last]


def _names() -> Iterator[tuple[int, str]]:
    for file in files(f"{__package__}.steps").iterdir():
        name, end, _ = file.name.partition(".up.sql")
        if end:
            yield int(name.partition("_")[0]), name


def _taken(client: Client) -> set[int]:
    return {number for (number,) in client.query("SELECT number FROM schema_steps").result_rows}


def _run(client: Client, name: str) -> None:
    """A setting of tables that an older server does not know has nothing to change there."""
    script = (files(f"{__package__}.steps") / name).read_text()
    for statement in script.split(";\n"):
        setting = _SETTING.search(statement)
        if setting and not client.query(_KNOWN, {"name": setting[1]}).result_rows:
            continue
        if any(line and not line.startswith("--") for line in statement.splitlines()):
            client.command(statement)
