"""The known tools, as people and programs see them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """A machine with two tools; the variables that show it."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "codex").touch(mode=0o755)
    (tmp_path / ".vscode/extensions/saoudrizwan.claude-dev-3.17.5").mkdir(parents=True)
    return {"HOME": str(tmp_path), "PATH": str(programs)}


def test_the_tools_that_are_here_are_shown(command: Run, machine: dict[str, str]) -> None:
    done = command("tools", **machine)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("2 of ")
    (codex,) = [line for line in lines if line.startswith("codex-cli ")]
    assert "Codex CLI" in codex
    assert "routed" in codex
    assert "proxy, mcp, hooks, rules, transcripts" in codex
    assert codex.endswith("command codex")
    assert any(line.endswith("extension saoudrizwan.claude-dev") for line in lines)
    assert not any(line.startswith("gemini-cli") for line in lines)


def test_programs_read_json(command: Run, machine: dict[str, str]) -> None:
    found = json.loads(command("tools", "--json", **machine).stdout)
    assert [one["id"] for one in found["tools"]] == ["cline", "codex-cli"]
    assert found["tools"][1]["found"] == ["command codex"]
    everything = json.loads(command("tools", "--all", "--json", **machine).stdout)
    assert len(everything["tools"]) == everything["known"] == found["known"]


def test_a_word_shows_what_fits_where_nothing_of_it_is_here(
    command: Run, machine: dict[str, str]
) -> None:
    lines = command("tools", "mistral", **machine).stdout.splitlines()
    assert lines[0].startswith("0 of ")
    assert any(line.startswith("mistral-vibe ") for line in lines)


def test_transcripts_without_a_reader_are_not_called_readable(
    command: Run, machine: dict[str, str]
) -> None:
    said = command("tools", "jcode", **machine).stdout
    assert "measured" not in said
    assert "  writes   " in said
    assert "  reads    " in command("tools", "amp", **machine).stdout


def test_a_word_picks(command: Run, machine: dict[str, str]) -> None:
    found = json.loads(command("tools", "mistral", "--all", "--json", **machine).stdout)
    assert "mistral-vibe" in [one["id"] for one in found["tools"]]
    none = command("tools", "no such thing", **machine)
    assert none.returncode == 1
    assert "No tool fits 'no such thing'." in none.stderr


def test_all_of_one_tool(command: Run, machine: dict[str, str]) -> None:
    said = command("tools", "cline", **machine, AICONTEXT_PORT="9999").stdout
    assert "found    extension saoudrizwan.claude-dev" in said
    assert "Base URL: http://127.0.0.1:9999/v1" in said
    assert "{proxy}" not in said
    cursor = command("tools", "cursor", **machine).stdout
    assert "found    not here" in cursor
    assert "label    connected" in cursor
