"""Every store of usage events."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aicontext.adapters.events.memory import MemoryEvents
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.ports.stores.events import Events


@pytest.fixture(params=["memory", "sqlite", "sqlite kept open"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Events]]:
    if request.param == "memory":
        kept = MemoryEvents()
        yield lambda: kept
        return
    made: list[Events] = []

    def another() -> Events:
        path = tmp_path / "home" / "usage.db"
        made.append(SqliteEvents(path, kept=request.param != "sqlite"))
        return made[-1]

    yield another
    for one in made:
        one.close()
