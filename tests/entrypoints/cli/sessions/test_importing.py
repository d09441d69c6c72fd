"""`aicontext import` on a machine with transcripts."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from transcript_homes import claude_code_session

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_imported_usage_is_shown_as_measured(command: Run, tmp_path: Path) -> None:
    claude_code_session(tmp_path)
    home = {"HOME": str(tmp_path)}
    trial = command("import", "--dry-run", **home)
    assert "2 calls would be imported" in trial.stdout
    done = json.loads(command("import", "claude-code", "--json", **home).stdout)
    assert done["by_tool"]["claude-code"]["calls"] == 2
    again = command("import", **home)
    assert "0 calls imported" in again.stdout
    shown = command("savings", "--since", "all", "--by", "project", **home).stdout
    assert "No call came through" in shown
    assert "Measured, not saved (aicontext import): 2 calls" in shown
    assert "shop" in shown


def test_a_machine_without_transcripts_and_a_tool_without_a_reader(
    command: Run, tmp_path: Path
) -> None:
    home = {"HOME": str(tmp_path)}
    assert "No tool has left a transcript" in command("import", **home).stdout
    refused = command("import", "warp", "--json", **home)
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["code"] == "invalid_input"
