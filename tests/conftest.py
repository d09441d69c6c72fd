"""Servers that tests start themselves, one of each in a process; imported where one is asked for.

Hypothesis tries the same examples each time and has no deadlines: neither chance nor a busy machine
is a failure. `pytest --hypothesis-profile explore` tries others. Hooks have no helper that stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from servers.clickhouse import ClickHouse
    from servers.moto import Moto
    from servers.postgresql import Postgresql
    from servers.redis import Redis

_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", _PATIENT)
settings.register_profile("project", _PATIENT, derandomize=True)
settings.load_profile("project")
os.environ["AICONTEXT_HOOK_IDLE"] = "0"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    from servers.postgresql import Postgresql

    server = Postgresql()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    from servers.redis import Redis

    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """ClickHouse's, of which a process has one."""
    from servers.clickhouse import ClickHouse

    server = ClickHouse(tmp_path_factory.mktemp("clickhouse"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def moto() -> Iterator[Moto]:
    from servers.moto import Moto

    server = Moto()
    yield server
    server.stop()
