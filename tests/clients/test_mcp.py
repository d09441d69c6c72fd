"""The MCP server with the official TypeScript clients of today's protocol and the one before."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp_server import over_http

from clients.stand import SESSION

SHOP = SESSION.parent / "shop"


def every_tool(shop: str) -> dict[str, Any]:
    """Arguments by tool."""
    return {
        "pack_context": {"task": "the discount is rounded wrongly", "path": shop, "budget": 900},
        "search_code": {"query": "discount", "path": shop},
        "show_symbol": {"symbol": "Cart.total", "path": shop},
        "map_repository": {"path": shop, "budget": 300},
        "condense_file": {"path": str(SESSION), "query": "round", "budget": 300},
        "retrieve": {"handle": "0" * 12},
        "compact_session": {"path": str(SESSION), "budget": 500},
        "usage_report": {"days": 1},
    }


def seen(node: Path, age: str, asked: dict[str, Any], *server: str, home: Path) -> Any:
    calls = [{"name": name, "arguments": given} for name, given in asked.items()]
    words = ["node", "mcp.mjs", age, json.dumps(calls), *server]
    made = os.environ | {"AICONTEXT_HOME": str(home)}
    done = subprocess.run(words, cwd=node, env=made, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("age", ["old", "new"])
def test_every_tool_over_a_pipe_and_over_http(node: Path, age: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    # In the repository it would be a part of that, all of which is read.
    asked = every_tool(str(shutil.copytree(SHOP, tmp_path / "shop")))
    piped = seen(node, age, asked, sys.executable, "-m", "aicontext", "mcp", home=home)
    with over_http(home) as address:
        served = seen(node, age, asked, address, home=home)
    assert piped["tools"] == piped["again"] == list(asked)
    assert piped["prompts"] == ["work_on", "handoff"]
    assert piped["progress"] > 0
    # The index is read by then, so that there is no progress any more.
    assert served == piped | {"progress": 0}
    done = {name for name, (done, _) in piped["told"].items() if done}
    assert done == asked.keys() - {"retrieve"}
    assert "def " in piped["told"]["pack_context"][1]
    assert "not_found" in piped["told"]["retrieve"][1]
