"""A session handed to another tool, as its user does it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aicontext.entrypoints.cli.app import main

TARGET = f"""#!{sys.executable}
import json, sys
print(json.dumps([sys.argv[1:], sys.stdin.read()]))
sys.exit(3)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("codex", "amp"):
        (programs / name).write_text(TARGET)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", f"{programs}:{Path(sys.executable).parent}:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / ".claude/projects/made/s1.jsonl"
    path.parent.mkdir(parents=True)
    told = {"role": "user", "content": "Mend the {price}."}
    line = {"type": "user", "uuid": "u", "sessionId": "s1", "cwd": str(tmp_path), "message": told}
    path.write_text(json.dumps(line) + "\n")
    return path


def command(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_the_newest_session_is_printed_for_a_tool(session: Path) -> None:
    before = session.read_bytes()
    shown = command("handoff", "--to", "codex")
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith("Handoff: go on with this session of claude-code in ")
    assert "Mend the {price}." in shown.stdout
    told = json.loads(command("handoff", "--from", "claude:s1", "--to", "codex", "--json").stdout)
    assert f"{told['text']}\n" == shown.stdout
    assert (told["to"], told["model"], told["version"]) == ("codex-cli", "gpt-5", 1)
    assert told["from"] == {"tool": "claude-code", "session": "s1"}
    assert [(one["about"], one["message"]) for one in told["facts"]] == [("request", 1)]
    fetched = command("retrieve", told["record"], "--lines", "1-2")
    assert fetched.stdout == "--- message 1: user\nMend the {price}.\n"
    assert session.read_bytes() == before


@pytest.mark.parametrize("name", ["codex", "amp"])
@pytest.mark.usefixtures("session")
def test_a_tool_is_started_with_it(capfd: pytest.CaptureFixture[str], name: str) -> None:
    text = command("handoff", "--to", name).stdout
    with pytest.raises(SystemExit) as end:
        main(["handoff", "--to", name, "--start"])
    assert end.value.code == 3
    words, piped = json.loads(capfd.readouterr().out)
    assert "".join([*words, piped]) + "\n" == text


@pytest.mark.usefixtures("session")
def test_a_tool_that_cannot_be_started_so_finds_it_in_its_rules() -> None:
    rules = Path(".github/copilot-instructions.md")
    rules.parent.mkdir()
    rules.write_text("Use tabs.\r\n", newline="")
    placed = [Path(".cursor/rules/aicontext-handoff.mdc"), rules]
    for tool in ("cursor", "copilot-vscode"):
        started = command("handoff", "--to", tool, "--start")
        assert started.exit_code == 0, started.stderr
        assert "until: aicontext handoff --undo" in started.stdout
    assert all("Mend the {price}." in path.read_text() for path in placed)
    undone = command("handoff", "--undo")
    assert undone.stdout.count("taken out") == 2
    assert rules.read_bytes() == b"Use tabs.\r\n"
    assert not placed[0].exists()
    assert "nothing to do" in command("handoff", "--undo").stdout


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "gemini", "--start"), "Gemini CLI is not installed here."),
        (("--to", "langchain", "--start"), "LangChain cannot be started with a text."),
        (("--to", "nothing"), "No tool is called 'nothing'."),
        (("--from", "codex", "--to", "claude"), "There is no session of Codex CLI in"),
        (("--from", "claude:zz", "--to", "codex"), "No session is called 'zz'"),
        (("--to", "codex", "--budget", "9"), "Not one line"),
    ],
)
def test_what_cannot_be_done_is_told(words: tuple[str, ...], said: str) -> None:
    done = command("handoff", *words)
    assert done.exit_code == 1
    assert said in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="terminals differ")
def test_what_was_said_does_not_steer_the_terminal(session: Path) -> None:
    session.write_text(session.read_text().replace("{price}", "\\u001b]0;title\\u0007"))
    reading, terminal = os.openpty()
    words = [sys.executable, "-m", "aicontext", "handoff", "--to", "codex"]
    subprocess.run(words, stdout=terminal, check=True, timeout=60)
    printed = os.read(reading, 2**14)
    os.close(terminal)
    os.close(reading)
    assert "Mend the \u241b]0;title\u2407".encode() in printed
    assert b"\x1b" not in printed
