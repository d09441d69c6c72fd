"""One proxy and one provider for the tests of a module."""

import re
from collections.abc import Iterator

import pytest

from clients.stand import Stand, stand


@pytest.fixture(scope="module")
def shared_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture(name="stand")
def own_stand(shared_stand: Stand, request: pytest.FixtureRequest) -> Stand:
    """The module's, with the test as the project of its calls."""
    shared_stand.project = re.sub(r"\W+", "-", request.node.name)
    shared_stand.provider.faults.clear()
    return shared_stand
