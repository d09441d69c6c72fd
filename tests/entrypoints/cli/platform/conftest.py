from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command's own folder; it is not there yet."""
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"
