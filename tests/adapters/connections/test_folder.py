import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aicontext.adapters.connections.folder import ConnectionsFolder
from aicontext.domain.errors import Unavailable
from aicontext.domain.tools import Format, Held, Part, Scope, Via

HELD = Held(
    path="/home/a/ü.json",
    original="\ufeff{\r\n} // 日本".encode(),
    before=None,
    content=b"{}",
    parts=(
        Part("a", Via.PROXY, Scope.USER, Format.JSONC, {"a": {"b": [1, "x", True]}}, at=1.5),
        Part("b", Via.RULES, Scope.PROJECT, Format.MARKDOWN, "Text.", owned=True),
    ),
    folders=("/home/a",),
)


@pytest.fixture
def record(tmp_path: Path) -> ConnectionsFolder:
    return ConnectionsFolder(tmp_path / "connections")


def test_what_is_kept_comes_back(record) -> None:
    with record.locked():
        record.keep(HELD)
        record.keep(replace(HELD, path="/other", original=None, done=True))
    assert sorted(record.all(), key=lambda held: held.path)[0] == HELD
    assert [part.at for held in record.all() for part in held.parts if part.tool == "a"] == [
        1.5
    ] * 2
    record.forget("/other")
    record.forget("/other")
    assert list(record.all()) == [HELD]


def test_an_empty_record_needs_no_folder(record, tmp_path) -> None:
    assert list(record.all()) == []
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_can_read_it(record, tmp_path) -> None:
    with record.locked():
        record.keep(HELD)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "connections").iterdir()}
    assert modes == {0o600}


def test_one_process_at_a_time(record, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("aicontext.adapters.connections.folder._WAIT", 0.1)
    code = (
        "import sys; from pathlib import Path;"
        "from aicontext.adapters.connections.folder import ConnectionsFolder as F\n"
        "with F(Path(sys.argv[1])).locked(): print('held', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "connections")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Unavailable, match="in use"), record.locked():
            pass
        other.kill()
    with record.locked():
        pass


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *((text, "x.json is damaged") for text in ("", "{", "[]", '{"schema": 1}')),
        (json.dumps({"schema": 2, "path": "/a"}), "Update"),
    ],
)
def test_a_damaged_or_newer_record_is_told(record, tmp_path, text, told) -> None:
    (tmp_path / "connections").mkdir()
    (tmp_path / "connections" / "x.json").write_text(text)
    with pytest.raises(Unavailable, match=told):
        list(record.all())


def test_what_the_system_refuses_is_said_in_words(record, tmp_path) -> None:
    (tmp_path / "connections").write_text("no folder")
    for use in (lambda: record.keep(HELD), lambda: record.locked().__enter__()):
        with pytest.raises(Unavailable, match="AICONTEXT_HOME") as refused:
            use()
        assert "Errno" not in str(refused.value)


def test_what_a_killed_process_left_is_removed(record, tmp_path: Path) -> None:
    with record.locked():
        record.keep(HELD)
    left = tmp_path / "connections" / ".25d4240d97c10c3e.json.423a6342.tmp"
    left.write_text('{"original": "key"}')
    with record.locked():
        pass
    assert not left.exists()
    assert list(record.all()) == [HELD]
