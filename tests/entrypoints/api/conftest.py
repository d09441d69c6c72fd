from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.api import Api


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("api")


@pytest.fixture(scope="session")
def api(home: Path) -> Iterator[Api]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AICONTEXT_HOME", str(home))
        server = Api(home)
        server.ask("GET", "/api/v1/users/me")  # The local user is known from now on.
        yield server
        server.stop()
