"""What was sent of each library, written down where all of it worked."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from middleware.conftest import address, home, provider, standing

__all__ = ["address", "home", "provider", "standing"]

ROWS: list[dict[str, object]] = []
Record = Callable[[str, str, int, int], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", help="File for what was sent.")


@pytest.fixture
def record() -> Record:
    def row(distribution: str, how: str, direct: int, sent: int) -> None:
        ROWS.append(
            {
                "package": distribution,
                "version": version(distribution),
                "how": how,
                "direct_bytes": direct,
                "sent_bytes": sent,
            }
        )

    return row


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    target = session.config.getoption("--record")
    if target and exitstatus == 0:
        rows = sorted(ROWS, key=lambda row: str(row["package"]))
        Path(target).write_text(json.dumps({"libraries": rows}, indent=1) + "\n")
