"""The official SDKs for Node, each once at the provider itself and once through the proxy."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from clients.stand import SESSION, Stand
from fake_provider.script import Answer, Fault, ToolCall

TOLD = "It is the rounding, not the tax."
LONG = Answer(TOLD * 40)
FOUND = Answer('{"place": "cart.py", "line": 7}')
VERDICT = {"place": "cart.py", "line": 7}


def trip(name: str) -> tuple[Answer, Answer]:
    """A call of a tool, and what is said after its result."""
    return Answer("Wait.", (ToolCall(name, {"command": "pytest -v tests"}),)), Answer(TOLD)


def play(stand: Stand, node: Path, name: str, *script: Answer) -> dict[str, Any]:
    """The script of that name in both ways; the provider got the same but for the long results."""

    def work(address: str) -> Any:
        stand.provider.faults = [Fault("status", status=429)]
        words = ["node", f"{name}.mjs", address, str(SESSION)]
        done = subprocess.run(words, cwd=node, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    direct, ours = stand.both(work, *script)
    assert ours.result == direct.result
    for before, after in zip(direct.received, ours.received, strict=True):
        assert before.path == after.path
        if before.body != after.body:
            assert len(after.body) < len(before.body) / 2
            assert stand.restored(json.loads(after.body)) == json.loads(before.body)
    assert [event["status"] for event in stand.events(2)][:2] == [429, 200]
    return ours.result


def changed(stand: Stand) -> list[str]:
    """Protocols of the calls in which something was made shorter."""
    return [event["protocol"] for event in stand.events(8) if event["changes"]]


def test_anthropic(stand: Stand, node: Path) -> None:
    found = play(
        stand, node, "anthropic", Answer("Hello."), *trip("Bash"), Answer("A dot."), FOUND, LONG
    )
    stand.left(2)
    assert found["retry"] == [{"type": "text", "text": "Hello."}]
    assert found["tools"][1][0]["text"] == TOLD
    assert (found["structured"], found["cancel"]) == (VERDICT, True)
    assert [one[1] for one in found["errors"]] == [400, 401, 404, 429, 500, 529]
    assert found["errors"][3][0] == "RateLimitError"
    assert found["count"] > 0
    assert "claude-opus-4-6" in found["models"]
    assert changed(stand) == ["anthropic-messages"]


def test_openai(stand: Stand, node: Path) -> None:
    rounds = trip("shell") * 3
    dots = [Answer("A dot.")] * 2
    found = play(stand, node, "openai", Answer("Hello."), *rounds, *dots, FOUND, FOUND, LONG, LONG)
    stand.left(4)
    assert found["retry"] == "Hello."
    assert found["completions"][1][0]["message"]["content"] == TOLD
    assert found["responses"][1][0]["content"][0]["text"] == TOLD
    assert found["websocket"][1][0]["content"][0]["text"] == TOLD
    assert (found["structured"], found["cancel"]) == ([VERDICT, VERDICT], [True, True])
    assert [one[1] for one in found["errors"]] == [400, 401, 404, 429, 500, 529]
    assert found["errors"][3][0] == "RateLimitError"
    assert "gpt-5.2-codex" in found["models"]
    assert changed(stand) == ["openai-chat", "openai-responses", "openai-responses"]


def test_google(stand: Stand, node: Path) -> None:
    dot = Answer("A dot.")
    found = play(
        stand, node, "google", Answer("Hello."), *trip("run_shell_command"), dot, FOUND, LONG
    )
    stand.left(2)
    assert found["retry"] == "Hello."
    assert found["tools"][1] == TOLD
    assert found["structured"] == VERDICT
    assert [one[1] for one in found["errors"]] == [400, 401, 404, 429, 500, 529]
    assert found["count"] > 0
    assert "models/gpt-5.2-codex" in found["models"]
    assert changed(stand) == ["gemini"]
