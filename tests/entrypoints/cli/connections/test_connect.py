"""A tool connected, looked at and put back, as its user does it."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waiting import until

Run = Callable[..., subprocess.CompletedProcess[str]]
SETTINGS = '{\n  // mine\n  "apiKeyHelper": "sk-hidden",\n  "env": {"A": "1"}\n}\n'


@pytest.fixture
def environment(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """With a home of its own, and no variables that lead out of it."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.endswith(("_HOME", "_DIR")) or name.startswith("AICONTEXT")
    }
    return kept | {"HOME": str(tmp_path), "AICONTEXT_HOME": str(tmp_path / "data")}


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def proxy(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running proxy and its port."""
    words = [sys.executable, "-m", "aicontext", "proxy", "--port", "0", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout
        address = json.loads(child.stdout.readline())["listening"]
        yield child, address.rpartition(":")[2]
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        child.stdout.read()


def call(address: str) -> None:
    body = json.dumps({"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": []}).encode()
    headers = {"content-type": "application/json", "anthropic-version": "1", "x-api-key": "sk-x"}
    urllib.request.urlopen(urllib.request.Request(f"{address}/v1/messages", body, headers)).read()


def test_a_tool_is_connected_and_put_back(command: Run, settings: Path) -> None:
    shown = command("connect", "claude-code", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert '+  "env": {"A": "1", "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",' in shown.stdout
    assert "sk-hidden" not in shown.stdout
    assert settings.read_text() == SETTINGS
    done = command("connect", "claude-code")
    assert "connected, " in done.stdout
    assert "No proxy answers at http://127.0.0.1:1" in done.stderr
    assert "aicontext proxy" in done.stderr
    connected = settings.read_text()
    assert connected != SETTINGS
    (listed,) = json.loads(command("tools", "claude-code", "--json").stdout)["tools"]
    assert listed["connected"] == ["proxy"]
    again = command("connect", "claude-code", "--json")
    (record,) = json.loads(again.stdout)["tools"]
    assert (record["state"], record["diff"]) == ("connected already", "")
    assert settings.read_text() == connected
    assert command("disconnect", "claude-code").returncode == 0
    assert settings.read_text() == SETTINGS
    gone = command("disconnect", "claude-code")
    assert gone.returncode == 1
    assert "not connected" in gone.stderr


def test_connected_but_doing_nothing_does_not_look_healthy(
    command: Run, settings: Path, tmp_path: Path, proxy: tuple[subprocess.Popen[str], str]
) -> None:
    child, port = proxy
    there = {"AICONTEXT_PORT": port}
    for tool in ("claude-code", "factory-droid"):
        command("connect", tool, "--via", "rules", **there)
    done = command("connect", "claude-code", **there)
    assert done.stderr == ""

    def look(tool: str = "claude-code") -> dict[str, str]:
        found = json.loads(command("doctor", "--json", **there).stdout)["paths"]
        return next(one for one in found if (one["tool"], one["via"]) == (tool, "proxy"))

    assert look()["state"] == "unproven"
    assert "No call" in look()["seen"][1]
    call(f"http://127.0.0.1:{port}/as/claude-code")
    until(lambda: look()["state"] == "works")
    assert command("doctor", "factory-droid").returncode == 0
    settings.write_text(SETTINGS)
    assert look()["state"] == "broken"
    assert "env.ANTHROPIC_BASE_URL" in look()["seen"][0]
    command("connect", "claude-code", **there)
    child.send_signal(signal.SIGTERM)
    child.wait()
    assert look()["state"] == "broken"
    assert look()["step"].startswith(f"aicontext proxy --port {port}")
    told = command("doctor", **there, AICONTEXT_PROT="1")
    assert told.returncode == 1
    assert "broken" in told.stdout
    assert told.stderr == "AICONTEXT_PROT is no setting: is AICONTEXT_PORT meant?\n"


def test_calls_go_on_to_the_gateway_that_was_set(
    command: Run, settings: Path, environment: dict[str, str], provider: str
) -> None:
    settings.write_text(json.dumps({"env": {"ANTHROPIC_BASE_URL": f"{provider}/gateway"}}))
    done = command("connect", "claude-code")
    assert f"still end at {provider}/gateway" in done.stdout
    words = [sys.executable, "-m", "aicontext", "proxy", "--port", "0", "--json"]
    nowhere = environment | {"AICONTEXT_UPSTREAMS": "anthropic=http://127.0.0.1:1"}
    nowhere["AICONTEXT_TOKNE"] = "a secret"
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, text=True, env=nowhere) as child:
        assert child.stdout
        assert child.stderr
        address = json.loads(child.stdout.readline())["listening"]
        written = json.loads(settings.read_text())["env"]["ANTHROPIC_BASE_URL"]
        call(written.replace("http://127.0.0.1:1", address))
        child.send_signal(signal.SIGTERM)
        child.stdout.read()
        told = child.stderr.read()
        assert told.splitlines()[0] == "AICONTEXT_TOKNE is no setting: is AICONTEXT_TOKEN meant?"
        assert "a secret" not in told
    command("disconnect", "claude-code")
    assert f"{provider}/gateway" in settings.read_text()


def test_all_tools_here(command: Run, settings: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("claude", "codex", "aider", "amp"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "config.toml").write_text("broken = = 1\n")
    done = command("connect", "--all", PATH=str(programs))
    assert done.returncode == 1
    assert "config.toml:1:10: " in done.stderr
    assert (tmp_path / ".codex" / "config.toml").read_text() == "broken = = 1\n"
    assert "ANTHROPIC_BASE_URL" in settings.read_text()
    assert (tmp_path / ".aider.conf.yml").exists()
    assert command("disconnect", "--all").returncode == 0
    assert settings.read_text() == SETTINGS
    assert not (tmp_path / ".aider.conf.yml").exists()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("connect",), 2, "Name one tool, or give --all."),
        (("connect", "claud-code"), 1, "Perhaps claude-code"),
        (("connect", "cursor", "--via", "proxy"), 1, "cannot reach this machine"),
        (("doctor", "claude-code"), 1, "aicontext connect claude-code"),
        (("disconnect", "--all"), 0, ""),
        (("doctor",), 0, ""),
    ],
)
def test_what_cannot_be_done_is_told(command: Run, words, status, said) -> None:
    done = command(*words)
    assert done.returncode == status
    assert said in done.stderr


def test_hooks_are_put_beside_what_is_there_and_answer(command: Run, settings: Path) -> None:
    before = '{\n\t"hooks": {"PostToolUse": [{"matcher": "Edit", "hooks": []}]},\n\t"env": {}}'
    settings.write_text(before)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for via in ("hooks", "status", "proxy"):
        assert command("connect", "claude-code", "--via", via, PATH=path).returncode == 0
    held = json.loads(settings.read_text())
    assert [one["matcher"] for one in held["hooks"]["PostToolUse"]] == ["Edit", "*"]
    program = held["hooks"]["PostToolUse"][1]["hooks"][0]["command"]
    assert program.endswith("aicontext-hook --at 127.0.0.1:1 claude-code PostToolUse")
    assert held["statusLine"]["command"].endswith("--at 127.0.0.1:1 claude-code statusline")
    said = json.loads(command("doctor", "--json", PATH=path).stdout)["paths"]
    assert [(one["via"], one["state"]) for one in said] == [
        ("proxy", "broken"),
        ("hooks", "unproven"),
        ("status", "works"),
    ]
    event = {"tool_name": "Bash", "tool_response": {"stdout": "INFO job 1 took 2 ms\n" * 300}}
    answer = command("hook", "claude-code", "PostToolUse", said=json.dumps(event), PATH=path)
    assert "updatedToolOutput" in answer.stdout
    (_, looked, *_) = json.loads(command("doctor", "--json", PATH=path).stdout)["paths"]
    assert (looked["via"], looked["state"]) == ("hooks", "works")
    assert "1 of 1 shortened" in command("savings").stdout
    assert command("disconnect", "claude-code").returncode == 0
    assert settings.read_text() == before


def test_what_no_search_path_leads_to_is_named_in_full(command: Run, settings: Path) -> None:
    path = os.pathsep.join(
        one
        for one in os.environ["PATH"].split(os.pathsep)
        if not (Path(one) / "aicontext").exists()
    )
    for via in ("hooks", "mcp"):
        assert command("connect", "claude-code", "--via", via, PATH=path).returncode == 0
    said = json.loads(command("doctor", "--json", PATH=path).stdout)["paths"]
    assert {one["via"]: one["state"] for one in said} == {"hooks": "unproven", "mcp": "unproven"}


def test_a_status_line_of_others_stays(command: Run, settings: Path) -> None:
    settings.write_text(theirs := '{"statusLine": {"type": "command", "command": "mine"}}')
    refused = command("connect", "claude-code", "--via", "status")
    assert (refused.returncode, settings.read_text()) == (1, theirs)
    assert "statusLine" in refused.stderr


def test_a_plugin_is_a_file_of_ours_that_goes_again(command: Run, tmp_path: Path) -> None:
    for tool, place in (("opencode", ".config/opencode/plugins"), ("pi", ".pi/agent/extensions")):
        assert command("connect", tool, "--via", "hooks").returncode == 0
        assert f"${{HOOK}} {tool} after_tool" in (tmp_path / place / "aicontext.js").read_text()
        assert command("disconnect", tool).returncode == 0
        assert not (tmp_path / place).exists()
    folder = tmp_path / ".config/opencode/plugins"
    folder.mkdir(parents=True)
    (folder / "aicontext.js").write_text("// theirs")
    assert command("connect", "opencode", "--via", "hooks").returncode == 1
    assert (folder / "aicontext.js").read_text() == "// theirs"


def test_webhooks_are_told_of_what_changed_and_what_broke(command: Run, settings: Path) -> None:
    def told() -> list[str]:
        shown = json.loads(command("webhooks", "list", "--json").stdout)
        return [one["type"] for one in shown["deliveries"]]

    assert command("connect", "claude-code", "--via", "hooks").returncode == 0
    assert told() == []
    assert command("webhooks", "add", "ci", "https://ci.example.com/hooks").returncode == 0
    assert command("connect", "claude-code", "--via", "proxy", AICONTEXT_PORT="1").returncode == 0
    assert told() == ["connection.changed"]
    assert command("connect", "claude-code", "--via", "proxy", AICONTEXT_PORT="1").returncode == 0
    assert command("disconnect", "claude-code", "--dry-run").returncode == 0
    assert told() == ["connection.changed"]
    assert command("doctor", "claude-code").returncode == 1
    *broken, changed = told()
    assert (set(broken), changed) == ({"connection.broken"}, "connection.changed")
