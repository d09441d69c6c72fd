"""Hypothesis without deadlines: a busy machine is no failure. Hooks without a helper that stays."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from servers.postgresql import Postgresql

settings.register_profile("project", deadline=None)
settings.load_profile("project")
os.environ["AICONTEXT_HOOK_IDLE"] = "0"


@pytest.fixture(scope="session")
def postgresql() -> "Iterator[Postgresql]":
    from servers.postgresql import Postgresql  # noqa: PLC0415 - few tests need it

    server = Postgresql()
    yield server
    server.stop()
