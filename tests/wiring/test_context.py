"""What the requests' service is told of this machine."""

import os
import sys
from pathlib import Path

import pytest

from aicontext import settings
from aicontext.wiring.context import options

BIN = Path(sys.executable).parent


def knows(path: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setenv("PATH", os.fspath(path))
    return options(settings.load({})).command


def test_a_command_of_a_virtual_environment_is_not_in_every_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "aicontext").symlink_to(BIN / "aicontext")
    assert (BIN / "aicontext").exists()
    assert knows(BIN, monkeypatch) is (sys.prefix == sys.base_prefix)
    assert knows(tmp_path, monkeypatch)
    assert not knows(tmp_path / "none", monkeypatch)
