"""Servers that adapters alone speak to, one of each for all tests."""

from collections.abc import Iterator

import pytest
from servers.redis import Redis


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()
