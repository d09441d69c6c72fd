"""One suite over every store of projects' states."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from aicontext.adapters.session_states import sqlite
from aicontext.adapters.session_states.sqlite import SCHEMA, SqliteSessionStates
from aicontext.domain.errors import Conflict, Unavailable
from aicontext.domain.sessions.state import About, Cited, Fact, SessionState, Version
from aicontext.ports.stores.session_states import SessionStates

Make = Callable[[], SessionStates]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return lambda: SqliteSessionStates(tmp_path / "home" / "sessions.db")


def fact(value: str, about: About = About.DECISION) -> Fact:
    return Fact(about, f"key {value}", value, Cited("codex-cli", "a\0é 🜁\ud800", 3, 1.5))


def version(number: int, *values: str, writer: tuple[str, str] = ("x", "s")) -> Version:
    return Version(number, SessionState.of(map(fact, values)), writer, 7.25)


def test_what_was_put_comes_back(make: Make) -> None:
    put = Version(1, SessionState.of(fact("v", about) for about in About), ("x", "s"), 7.25)
    make().put("/p", put)
    found = make().latest("/p")
    assert found == put
    assert found
    assert [one.cited for one in found.state.facts] == [one.cited for one in put.state.facts]


def test_nothing_was_kept_of_other_projects_and_writers(make: Make) -> None:
    assert make().latest("/p") is None
    assert list(make().versions("/p")) == []
    make().put("/p", version(1))
    assert make().latest("/p/q") is None
    assert make().latest("/p", ("y", "s")) is None


def test_versions_go_on_by_one(make: Make) -> None:
    for number in (0, 2):
        with pytest.raises(Conflict):
            make().put("/p", version(number))
    make().put("/p", version(1, "a"))
    with pytest.raises(Conflict):
        make().put("/p", version(1, "b"))
    make().put("/p", version(2, "b", writer=("y", "s")))
    assert [one.number for one in make().versions("/p")] == [2, 1]
    assert make().latest("/p") == version(2, "b", writer=("y", "s"))
    assert make().latest("/p", ("x", "s")) == version(1, "a")


def test_of_many_at_once_each_takes_its_turn(make: Make) -> None:
    def add(name: str) -> None:
        for _ in range(5):
            while True:
                last = make().latest("/p")
                values = [one.value for one in last.state.facts] if last else []
                number = last.number + 1 if last else 1
                try:
                    make().put("/p", version(number, *values, f"{name}{number}"))
                except Conflict:
                    continue
                break

    threads = [Thread(target=add, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = make().latest("/p")
    assert last
    assert last.number == len(last.state.facts) == 10


def test_old_versions_go_and_the_last_of_each_writer_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "KEPT", 5)
    states = SqliteSessionStates(tmp_path / "sessions.db")
    states.put("/p", version(1, "a", writer=("y", "s")))
    for number in range(2, 10):
        states.put("/p", version(number))
    numbers = [one.number for one in states.versions("/p")]
    assert numbers == [9, 8, 7, 6, 5, 1]
    assert states.latest("/p", ("y", "s")) == version(1, "a", writer=("y", "s"))


CHILD = """
import sys
from pathlib import Path
from aicontext.adapters.session_states.sqlite import SqliteSessionStates
from aicontext.domain.sessions.state import SessionState, Version
states = SqliteSessionStates(Path(sys.argv[1]))
for number in range(1, 100_000):
    states.put("/p", Version(number, SessionState(), ("x", "s"), 0.0))
    print(number, flush=True)
"""


def test_what_was_put_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    words = [sys.executable, "-c", CHILD, str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        told = [int(child.stdout.readline()) for _ in range(6)]
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout.read().split("\n")[:-1]]
    last = SqliteSessionStates(path).latest("/p")
    assert last
    assert last.number in (told[-1], told[-1] + 1)


def test_a_damaged_or_newer_file_is_told_and_left(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    path.write_bytes(b"no database, but long enough to be looked at" * 20)
    with pytest.raises(Unavailable, match="cannot be used"):
        SqliteSessionStates(path).latest("/p")
    path.unlink()
    SqliteSessionStates(path).put("/p", version(1))
    with sqlite3.connect(path) as base:
        base.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    base.close()
    with pytest.raises(Unavailable, match="newer version"):
        SqliteSessionStates(path).put("/p", version(2))
