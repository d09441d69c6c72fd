"""`aicontext audit` on a machine that never ran us."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from transcript_homes import claude_code_session

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_past_sessions_are_told_on_one_screen(command: Run, tmp_path: Path) -> None:
    claude_code_session(tmp_path, calls=8)
    home = {"HOME": str(tmp_path)}
    done = command("audit", "--since", "all", **home)
    lines = done.stdout.splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) <= 110
    assert lines[0].startswith("1 session, 8 calls so far")
    for said in ("claude-code", "shop", "test runs", "Saved of the input's cost", "Most useful:"):
        assert said in done.stdout
    found = json.loads(command("audit", "--since", "all", "--json", **home).stdout)
    assert found["total"]["calls"] == 8
    assert found["replay"]["saved"]["expected"] == found["replay"]["share"]
    assert not (tmp_path / "home").exists()


def test_a_machine_without_sessions_says_what_to_do(command: Run, tmp_path: Path) -> None:
    done = command("audit", HOME=str(tmp_path))
    assert done.returncode == 0
    assert "--since all" in done.stdout
