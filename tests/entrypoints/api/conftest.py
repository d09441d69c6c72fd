from collections.abc import Iterator

import pytest
from servers.api import Api


@pytest.fixture(scope="session")
def api(tmp_path_factory) -> Iterator[Api]:
    server = Api(tmp_path_factory.mktemp("api"))
    yield server
    server.stop()
