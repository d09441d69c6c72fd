"""The program that tools start, as they start it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from transcript_homes import claude_code_session

from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.client.hook_proxy import asked
from aicontext.domain.requests import Outcome

START = "from aicontext.entrypoints.hook.start import main; main()"
LOG = "".join(f"05:00:{i % 60:02} INFO job {i} took {i % 9} ms\n" for i in range(300))
NOWHERE = ("--at", "127.0.0.1:1")
"""No proxy listens there."""

EVENT = {
    "session_id": "s-1",
    "tool_name": "Bash",
    "tool_input": {"command": "sh run.sh"},
    "tool_response": {"stdout": LOG, "stderr": "", "interrupted": False, "isImage": False},
}
NO_WRITING = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""
NOBODY = """
import json, os, aicontext.client.hook_proxy, aicontext.entrypoints.hook.start
from aicontext import settings
from aicontext.wiring.hooks import answered
# What is loaded later may stand where nobody else may read.
elsewhere = settings.load({"AICONTEXT_HOME": os.environ["AICONTEXT_HOME"] + "-other"})
said = {"tool_name": "Bash", "tool_response": {"stdout": "INFO job 1 took 2 ms\\n" * 300}}
assert answered("claude-code", "PostToolUse", json.dumps(said).encode(), elsewhere)
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
"""

CALM = """
from aicontext.entrypoints.hook import start
from aicontext.wiring import hooks
start.PATIENCE = hooks._LOOKING = 55
"""
"""A busy machine is no failure."""


def started(
    home: Path, payload: bytes, event: str = "PostToolUse", *, before: str = "", tool: str = ""
) -> bytes:
    """What it answers; it must end well and say nothing else."""
    run = subprocess.run(
        [sys.executable, "-c", before + START, *NOWHERE, tool or "claude-code", event],
        input=payload,
        capture_output=True,
        env={**os.environ, "AICONTEXT_HOME": str(home)},
        timeout=60,
    )
    assert (run.returncode, run.stderr) == (0, b"")
    return run.stdout


def outcomes(home: Path) -> list[tuple[Outcome, str]]:
    return [(one.outcome, one.why) for one in SqliteEvents(home / "usage.db").hooks_since(0)]


def test_an_output_is_made_smaller_and_recorded(tmp_path: Path) -> None:
    answer = json.loads(started(tmp_path, json.dumps(EVENT).encode()))
    updated = answer["hookSpecificOutput"]["updatedToolOutput"]
    assert len(updated["stdout"]) < len(LOG) / 5
    assert outcomes(tmp_path) == [(Outcome.OPTIMIZED, "")]


def test_a_long_output_that_the_tool_keeps_gets_a_better_preview(tmp_path: Path) -> None:
    kept = tmp_path / "s-1/tool-results/b.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text(LOG * 5 + "05:09:00 ERROR job 77 failed: KeyError 'total' at cart.py:41\n")
    output = {"stdout": (LOG * 5)[:30_000], "stderr": "", "persistedOutputPath": str(kept)}
    said = EVENT | {"tool_response": output, "transcript_path": str(tmp_path / "s-1.jsonl")}
    answer = json.loads(started(tmp_path, json.dumps(said).encode()))
    updated = answer["hookSpecificOutput"]["updatedToolOutput"]
    assert "KeyError 'total' at cart.py:41" in updated["stdout"]
    assert len(updated["stdout"].encode()) <= 2000
    assert updated["persistedOutputPath"] == str(kept)


def test_what_is_short_costs_no_import(tmp_path: Path) -> None:
    short = EVENT | {"tool_response": {"stdout": r'"\"' * 50, "stderr": ""}}
    loaded = "import atexit, sys; atexit.register(lambda: print(*sys.modules))\n"
    names = started(tmp_path, json.dumps(short).encode(), before=loaded).decode().split()
    assert "aicontext.kit.pipes" in names
    assert not {"json", "dataclasses", "sqlite3", "click", "aicontext.settings"} & set(names)
    assert not (tmp_path / "usage.db").exists()


@pytest.mark.parametrize(
    "payload",
    [b"\x00\xff" * 5000, b'{"tool_response": "' + b"x" * 2**23 + b'"}', b'{"a":' + b"[" * 500_000],
    ids=["binary", "gigantic", "deep"],
)
def test_what_cannot_be_read_is_counted_and_nothing_said(tmp_path: Path, payload: bytes) -> None:
    assert started(tmp_path, payload) == b""
    ((outcome, why),) = outcomes(tmp_path)
    assert outcome is Outcome.PASSED
    assert why.startswith("The event is")


def test_unknown_tools_and_newer_events_are_let_be(tmp_path: Path) -> None:
    payload = json.dumps({"new": {"shape": LOG}}).encode()
    assert started(tmp_path, payload, "TeleportStarted") == b""
    assert started(tmp_path, payload, "SessionStart", tool="../etc") == b""
    assert [one for one, _ in outcomes(tmp_path)] == [Outcome.UNCHANGED, Outcome.PASSED]


def test_a_session_is_told_what_another_tool_left_there(tmp_path: Path) -> None:
    claude_code_session(tmp_path, calls=3)
    told = (
        f"import os\nos.environ |= {{'HOME': {str(tmp_path)!r}, 'CLAUDE_CONFIG_DIR': ''}}\n{CALM}"
    )
    said = json.dumps({"session_id": "new", "cwd": "/made/up/shop", "source": "startup"}).encode()
    start = {"event": "SessionStart", "tool": "codex-cli"}
    assert started(tmp_path, said, before=told, **start) == b""
    told += "os.environ['AICONTEXT_HANDOFF_TOKENS'] = '600'\n"
    answer = json.loads(started(tmp_path, said, before=told, **start))
    text = answer["hookSpecificOutput"]["additionalContext"]
    assert "Mend the rounding of prices." in text
    assert len(text) < 3600
    assert started(tmp_path, said, before=told, event="SessionStart", tool="gemini-cli")
    own = started(tmp_path, said, before=told, event="SessionStart")
    assert b"Mend the rounding" not in own


def test_without_words_it_ends_well(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", START, *NOWHERE],
        input=b"{}",
        capture_output=True,
        env={**os.environ, "AICONTEXT_HOME": str(tmp_path)},
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="its files and users differ")
@pytest.mark.parametrize("before", [NO_WRITING, NOBODY], ids=["full disk", "read-only"])
def test_where_nothing_can_be_kept_the_output_stays(tmp_path: Path, before: str) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    assert started(home, json.dumps(EVENT).encode(), before=before) == b""


def test_settings_that_cannot_be_used_are_no_trouble(tmp_path: Path) -> None:
    bad = "import os; os.environ['AICONTEXT_HOLDOUT'] = 'all'\n"
    assert started(tmp_path, json.dumps(EVENT).encode(), before=bad) == b""


SERVED = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"


def listening(*answers: bytes) -> tuple[str, Thread, list[bytes]]:
    """Something that listens, what it is asked, and the thread that answers so."""
    server = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def work() -> None:
        with server, server.accept()[0] as client:
            for answer in answers:
                heard.append(client.recv(1 << 20))
                client.sendall(answer)

    thread = Thread(target=work, daemon=True)
    thread.start()
    return f"127.0.0.1:{server.getsockname()[1]}", thread, heard


def served(body: bytes) -> bytes:
    return SERVED % (len(body), body)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ((served(b'{"status": "ok"}'), served(b"said")), b"said"),
        ((served(b'{"status": "ok"}'), served(b"")), b""),
        ((served(b"<html>"),), None),
        ((b"SSH-2.0-OpenSSH\r\n",), None),
        ((b"HTTP/1.1 401 No\r\nContent-Length: 16\r\n\r\n" + b'{"status": "ok"}',), None),
        ((served(b'{"status": "ok"}'), b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), None),
        ((served(b'{"status": "ok"}'), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), None),
        ((served(b'{"status": "ok"}'), b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), None),
    ],
)
def test_only_a_proxy_of_ours_is_told_what_a_tool_printed(answers, found) -> None:
    address, thread, heard = listening(*answers)
    assert asked(address, "claude-code", "PostToolUse", b"output") == found
    thread.join(10)
    assert b"output" not in heard[0]
    assert len(heard) == len(answers)


def test_words_that_would_break_the_request_are_not_sent() -> None:
    assert asked("127.0.0.1:1", "a b", "c", b"") is asked("127.0.0.1:1", "a", "c\r\n", b"") is None
