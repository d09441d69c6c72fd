"""Every store of usage events."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers.clickhouse import ClickHouse

from aicontext.adapters.events.clickhouse.store import ClickHouseEvents
from aicontext.adapters.events.memory import MemoryEvents
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.ports.stores.events import Events


@pytest.fixture(scope="session")
def clickhouse(engine: ClickHouse) -> Iterator[dict[str, tuple[str, ClickHouseEvents]]]:
    """By how it is asked: a database, and the store in it."""
    found = {}
    for way in (engine.in_process, engine.over_http):
        database = engine.database()
        found[way.__name__] = database, ClickHouseEvents(way(database))
    yield found
    for _, store in found.values():
        store.close()


@pytest.fixture(params=["memory", "sqlite", "sqlite kept open", "in_process", "over_http"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Events]]:
    if request.param == "memory":
        kept = MemoryEvents()
        yield lambda: kept
        return
    if not request.param.startswith("sqlite"):
        database, store = request.getfixturevalue("clickhouse")[request.param]
        yield lambda: store
        request.getfixturevalue("engine").empty(database)
        return
    made: list[Events] = []

    def another() -> Events:
        path = tmp_path / "home" / "usage.db"
        made.append(SqliteEvents(path, kept=request.param != "sqlite"))
        return made[-1]

    yield another
    for one in made:
        one.close()
