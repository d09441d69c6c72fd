"""What a process serves where not all is installed."""

import logging
from types import SimpleNamespace

import pytest

from aicontext.domain.errors import MissingExtra, Unavailable
from aicontext.wiring import serving

TOLD = SimpleNamespace(ready=lambda *_: None, draining=lambda: None)


class _Taken:
    async def start(self) -> None:
        raise Unavailable("The port is taken.")


@pytest.fixture(autouse=True)
def _services(monkeypatch, tmp_path) -> None:
    def gone(*_: object) -> None:
        raise MissingExtra("It needs wheels.")

    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    monkeypatch.setattr(serving, "SERVICES", {"gone": gone, "here": lambda *_: _Taken()})


def test_what_is_not_installed_is_left_out_and_told(caplog) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(Unavailable, match="taken"):
        serving.serve([], {}, TOLD)
    assert "Not served: gone. It needs wheels." in caplog.text


def test_what_is_asked_for_must_be_there() -> None:
    with pytest.raises(MissingExtra, match="wheels"):
        serving.serve(["gone", "here"], {}, TOLD)
