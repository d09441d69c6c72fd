"""Tools kept the same, as their user does it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aicontext.entrypoints.cli.app import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def command(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_it_is_shown_done_and_undone(tmp_path: Path) -> None:
    Path("CLAUDE.md").write_text("Use tabs.\n")
    words = ("sync", "--tools", "claude-code,codex-cli")
    shown = command(*words, "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "+Use tabs." in shown.stdout
    assert "AGENTS.md: would change" in shown.stdout
    assert not Path("AGENTS.md").exists()
    assert "AGENTS.md: changed" in command(*words).stdout
    assert "AGENTS.md: in step" in command(*words).stdout
    told = json.loads(command("sync", "--undo", "--json").stdout)
    assert told["files"][0]["path"] == str(tmp_path / "AGENTS.md")
    assert not Path("AGENTS.md").exists()
    assert "nothing to do" in command("sync", "--undo").stdout


def test_a_conflict_is_told_by_the_exit_status() -> None:
    Path("CLAUDE.md").write_text("Use tabs.\n")
    Path("AGENTS.md").write_text("Use blanks.\n")
    done = command("sync", "--tools", "claude-code,codex-cli")
    assert done.exit_code == 1
    assert "rules not copied: the tools say different things" in done.stdout


def test_two_tools_are_needed() -> None:
    done = command("sync")
    assert done.exit_code == 1
    assert "not two tools" in done.stderr
    assert "No tool is called 'nosuch'" in command("sync", "--tools", "nosuch").stderr
