import sys

import pytest

from aicontext.client.mcp import tools
from aicontext.domain.errors import Unavailable

SERVER = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    print(json.dumps({"jsonrpc": "2.0", "method": "notifications/message"}))
    listed = {"tools": [{"name": "retrieve"}, {"name": "pack"}]}
    result = listed if asked["method"] == "tools/list" else {}
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
"""


def test_a_servers_tools_are_listed() -> None:
    assert tools([sys.executable, "-c", SERVER]) == ["retrieve", "pack"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("print('hello')", "does not serve MCP"),
        ("", "ended|does not serve"),
        ("import sys; sys.stdin.read()", "not answered in 0.5 s"),
        (SERVER.replace('"tools"', '"things"'), "does not serve MCP"),
    ],
)
def test_what_is_no_server_is_told(code, said) -> None:
    with pytest.raises(Unavailable, match=said):
        tools([sys.executable, "-c", code], 0.5)


def test_a_command_that_is_not_there_is_told() -> None:
    with pytest.raises(Unavailable, match="cannot be started"):
        tools(["/no/such/aicontext", "mcp"])
