"""The command, which many tests start."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from forked import forked


@pytest.fixture(scope="session")
def aicontext() -> Iterator[tuple[str, ...]]:
    """The words that `aicontext` is started with."""
    with TemporaryDirectory() as folder, forked(Path(folder)) as words:
        yield words
