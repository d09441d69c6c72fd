"""The MCP server with the MCP inspector's command line: each tool, over a pipe and over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp_server import over_http

from clients.test_mcp import CALLS

INSPECTOR = ["npx", "--yes", "@modelcontextprotocol/inspector@2.12.0", "--cli"]


def inspected(server: list[str], home: Path, *words: str) -> Any:
    done = subprocess.run(
        [*INSPECTOR, *server, *words],
        env=os.environ | {"AICONTEXT_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not shutil.which("npx"), reason="Node is not installed.")
def test_every_tool_is_listed_called_and_portable(tmp_path: Path) -> None:
    piped = [sys.executable, "-m", "aicontext", "mcp"]
    with over_http(tmp_path) as address:
        for server in (["-e", f"AICONTEXT_HOME={tmp_path}", *piped], [address]):
            tools = inspected(server, tmp_path, "--method", "tools/list", "--strict")["tools"]
            assert [tool["name"] for tool in tools] == list(CALLS)
            for name, given in CALLS.items():
                if name == "retrieve":
                    continue  # Of nothing that is kept; its refusal is a status of the inspector.
                pairs = [f"{key}={value}" for key, value in given.items()]
                words = ["--method", "tools/call", "--tool-name", name, "--tool-arg", *pairs]
                assert inspected(server, tmp_path, *words)["content"][0]["text"]
