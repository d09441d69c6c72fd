"""What is written where a person names it."""

import os
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from aicontext.domain.errors import InvalidInput
from aicontext.entrypoints.cli import files


def test_a_file_keeps_its_permissions_and_a_link_stays_one(tmp_path: Path) -> None:
    target, link = tmp_path / "out", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    files.write(str(link), b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write(str(pipe), b"content")
    assert os.read(reader, 100) == b"content"
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("kind", ["folder", "loop"])
def test_what_cannot_be_written_to_is_a_clear_error(tmp_path: Path, kind: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InvalidInput, match="cannot be written"):
        files.write(str(tmp_path / kind), b"content")


def test_closed_standard_input_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert files.read("-") == b""


@pytest.mark.parametrize("screen", [True, False], ids=["screen", "pipe"])
def test_a_screen_is_not_steered_by_what_goes_out(
    monkeypatch: pytest.MonkeyPatch, screen: bool
) -> None:
    given = "\x1b]0;title\x07 \u202e\n"
    out = TextIOWrapper(BytesIO())
    monkeypatch.setattr(out, "isatty", lambda: screen)
    monkeypatch.setattr(sys, "stdout", out)
    files.write("-", given.encode())
    assert out.buffer.getvalue().decode() == ("␛]0;title␇ \ufffd\n" if screen else given)
