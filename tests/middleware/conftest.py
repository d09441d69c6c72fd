"""A provider, and a home of its own for what this process keeps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.stand import served
from fake_provider.server import Provider


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Provider, str]]:
    provider = Provider()
    with served(provider) as address:
        yield provider, address


@pytest.fixture
def provider(standing: tuple[Provider, str]) -> Provider:
    standing[0].received, standing[0].script, standing[0].faults = [], [], []
    return standing[0]


@pytest.fixture
def address(standing: tuple[Provider, str]) -> str:
    return standing[1]
