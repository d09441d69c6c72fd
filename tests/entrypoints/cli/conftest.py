"""The command in a home of its own, before a provider on this machine."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers.local_http import Handler, listening

SESSION = Path(__file__).parents[3] / "examples" / "session.json"
Run = Callable[..., subprocess.CompletedProcess[str]]

ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "It is the rounding."}],
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 40,
        "cache_creation_input_tokens": 6000,
        "cache_read_input_tokens": 500,
        "output_tokens": 12,
    },
}

TOOL = """
import json, os, sys, urllib.request
body = open(sys.argv[1], "rb").read()
headers = {"content-type": "application/json", "anthropic-version": "1", "x-api-key": "sk-hidden"}
for _ in range(int(sys.argv[2])):
    request = urllib.request.Request(
        os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages",
        body,
        headers,
    )
    print(json.load(urllib.request.urlopen(request))["content"][0]["text"])
sys.exit(int(sys.argv[3]))
"""


class _Provider(Handler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.body()
        self.answer(200, json.dumps(ANSWER).encode())


@pytest.fixture(scope="session")
def provider() -> Iterator[str]:
    with listening(_Provider) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def environment(tmp_path: Path, provider: str) -> dict[str, str]:
    """Of the command: its home is empty, its port is nobody's, its provider is ours."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AICONTEXT_")}
    return mine | {
        "AICONTEXT_HOME": str(tmp_path / "home"),
        "AICONTEXT_PORT": "1",
        "AICONTEXT_PLAN_SECONDS": "60",
        "AICONTEXT_UPSTREAMS": f"anthropic={provider}",
        "NO_COLOR": "1",
    }


@pytest.fixture
def command(tmp_path: Path, environment: dict[str, str], aicontext: tuple[str, ...]) -> Run:
    """`aicontext` with these words."""

    def call(*words: str, said: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        of_python = any(name.startswith("PYTHON") for name in more)
        start = (sys.executable, "-m", "aicontext") if of_python else aicontext
        return subprocess.run(
            [*start, *words],
            input=said,
            capture_output=True,
            text=True,
            env=environment | more,
            cwd=tmp_path,
            timeout=120,
        )

    return call


@pytest.fixture
def tool() -> Callable[[int, int], list[str]]:
    """The words of a tool that makes so many calls and ends with that status."""
    return lambda calls, status: [sys.executable, "-c", TOOL, str(SESSION), str(calls), str(status)]
