"""The helper that stays to answer hooks, over real processes."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.client import hook_helper
from aicontext.domain.requests import Outcome

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no helper")

LOADED = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
START = "from aicontext.entrypoints.hook.start import main; main()"
LOG = "".join(f"05:00:{i % 60:02} INFO job {i} took {i % 9} ms\n" for i in range(300))
EVENT = json.dumps(
    {"session_id": "s", "tool_name": "Bash", "tool_response": {"stdout": LOG, "stderr": ""}}
).encode()


class Hooks:
    """Hooks over one home. place: of its helper, once it has started."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "helpers"

    def call(
        self, payload: bytes = EVENT, *, event: str = "PostToolUse", before: str = "", **more: str
    ) -> tuple[bytes, set[str]]:
        """(what it answers, the modules that it loaded)."""
        told = {"AICONTEXT_HOME": str(self.home), "AICONTEXT_HOOK_IDLE": "60", **more}
        words = ("--at", "127.0.0.1:1", "claude-code", event)
        done = subprocess.run(
            [sys.executable, "-P", "-c", LOADED + before + START, *words],
            input=payload,
            capture_output=True,
            env={**os.environ, **told},
            timeout=60,
        )
        assert done.returncode == 0
        return done.stdout, set(done.stderr.decode().split())

    @property
    def places(self) -> list[Path]:
        return [one for one in self.folder.iterdir() if stat.S_ISSOCK(one.lstat().st_mode)]

    def helpers(self) -> list[int]:
        """Process ids, by what /proc says of the locks that are held."""
        names = {str(one.with_name(f"{one.name}.lock")) for one in self.places}
        found = []
        for process in Path("/proc").iterdir():
            try:
                held = {os.readlink(one) for one in (process / "fd").iterdir()}
            except OSError:
                continue
            found += [int(process.name)] if names & held else []
        return found


@pytest.fixture
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hooks]:
    """Below a short path, as sockets want it."""
    made = Hooks(tmp_path_factory.mktemp("h"))
    yield made
    hook_helper.stop(str(made.folder))


def test_the_first_hook_starts_it_and_all_have_its_answer(hooks: Hooks) -> None:
    answers = [hooks.call() for _ in range(2)]
    alone, loaded = hooks.call(AICONTEXT_HOOK_IDLE="0")
    assert "aicontext.engine.plan" in loaded
    for answer, names in answers:
        assert not {"aicontext.wiring.hooks", "sqlite3", "json", "dataclasses"} & names
        assert json.loads(answer) == json.loads(alone)
    kept = SqliteEvents(hooks.home / "usage.db").hooks_since(0)
    assert [one.outcome for one in kept] == [Outcome.OPTIMIZED] * 3
    assert len(hooks.places) == 1


def test_only_its_user_may_ask_it(hooks: Hooks) -> None:
    hooks.call()
    assert stat.S_IMODE(hooks.folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(one.stat().st_mode) for one in hooks.places] == [0o600]


def test_hooks_at_once_start_one(hooks: Hooks) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: hooks.call()[0], range(6)))
    assert len({*answers}) == 1
    assert answers[0]
    assert len(hooks.helpers()) == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="processes are found there")
def test_after_its_crash_another_starts(hooks: Hooks) -> None:
    first, _ = hooks.call()
    (helper,) = hooks.helpers()
    os.kill(helper, signal.SIGKILL)
    again, loaded = hooks.call()
    assert again == first
    assert "aicontext.wiring.hooks" not in loaded
    assert hooks.helpers() not in ([], [helper])


def test_one_that_breaks_off_leaves_the_hook_to_answer_alone(hooks: Hooks) -> None:
    hooks.call()
    (place,) = hooks.places
    hook_helper.stop(str(hooks.folder))
    with socket.socket(socket.AF_UNIX) as bad, ThreadPoolExecutor(1) as pool:
        bad.bind(str(place))
        bad.listen()
        waiting = pool.submit(hooks.call)
        client, _ = bad.accept()
        client.sendall(b"9999\0{")
        client.close()
        answer, loaded = waiting.result()
    assert "aicontext.wiring.hooks" in loaded
    assert json.loads(answer)


@pytest.mark.parametrize("bad", ["link", "open"])
def test_what_stands_in_its_place_is_told_nothing(hooks: Hooks, bad: str) -> None:
    hooks.call()
    (place,) = hooks.places
    hook_helper.stop(str(hooks.folder))
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(hooks.home / "other"))
        other.listen()
        other.setblocking(False)
        if bad == "link":
            place.symlink_to(hooks.home / "other")
        else:
            hooks.folder.chmod(0o755)
        answer, _ = hooks.call()
        with pytest.raises(BlockingIOError):
            other.accept()
    assert json.loads(answer)
    assert bool(hooks.places) == (bad == "link")


def test_it_runs_nothing_of_the_folder_that_the_tool_works_in(
    hooks: Hooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("aicontext.py", "json.py", "sqlite3.py", "signal.py"):
        (tmp_path / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    assert hooks.call()[0]
    assert len(hooks.helpers()) == 1
    assert not (tmp_path / "ran").exists()


def test_it_keeps_no_pipe_of_the_tool_open(hooks: Hooks) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    told = {"AICONTEXT_HOME": str(hooks.home), "AICONTEXT_HOOK_IDLE": "60"}
    subprocess.run(
        [sys.executable, "-c", START, "--at", "127.0.0.1:1", "claude-code", "PostToolUse"],
        input=EVENT,
        env={**os.environ, **told},
        stdout=subprocess.DEVNULL,
        close_fds=False,
        timeout=60,
    )
    os.close(writing)
    assert len(hooks.helpers()) == 1
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_it_ends_when_nobody_asks(hooks: Hooks) -> None:
    hooks.call(AICONTEXT_HOOK_IDLE="1")
    until = time.monotonic() + 60
    while hooks.places and time.monotonic() < until:
        time.sleep(0.05)
    assert hooks.places == []
    assert hooks.call(AICONTEXT_HOOK_IDLE="1")[0]


def test_other_settings_have_another(hooks: Hooks) -> None:
    assert hooks.call()[0]
    assert hooks.call(AICONTEXT_OPTIMIZE="0")[0] == b""
    assert len(hooks.places) == 2


def test_what_is_no_event_does_not_end_it(hooks: Hooks) -> None:
    hooks.call()
    (place,) = hooks.places
    before = hooks.helpers()
    for said in (b"", b"GET / HTTP/1.1\r\n\r\n", b"a\0b\0x\0", b"a\0b\0" + b"9" * 5000 + b"\0"):
        with hook_helper.connected(str(place)) as link:
            link.sendall(said)
            link.shutdown(socket.SHUT_WR)
            assert link.recv(1) == b""
    with hook_helper.connected(str(place)) as link:
        # It hangs up by itself, long before anybody's time is over.
        link.settimeout(30)
        link.sendall(b"E" * 5000)
        assert link.recv(1) == b""
    assert hooks.call()[0]
    assert hooks.helpers() == before


def test_disconnecting_ends_it(hooks: Hooks) -> None:
    hooks.call()
    told = {"AICONTEXT_HOME": str(hooks.home), "HOME": str(hooks.home)}
    for words in (("connect", "claude-code", "--via", "hooks"), ("disconnect", "claude-code")):
        subprocess.run(
            [sys.executable, "-m", "aicontext", *words],
            env={**os.environ, **told},
            capture_output=True,
            check=True,
        )
    assert hooks.places == []
