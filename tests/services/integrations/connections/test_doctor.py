import sys
from pathlib import Path

import pytest

from aicontext.adapters.connections.folder import ConnectionsFolder
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.adapters.files.local import LocalFiles
from aicontext.client.mcp import tools
from aicontext.client.proxy import is_ours
from aicontext.domain.tools import Scope, Via
from aicontext.services.integrations.catalog import index
from aicontext.services.integrations.connections.doctor import Doctor, Finding, Probes, State
from aicontext.services.integrations.connections.service import ConnectionService

CATALOGUE = index.load()
SERVER = """#!{python}
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        result = {{"tools": [{{"name": "retrieve"}}]}}
        print(json.dumps({{"jsonrpc": "2.0", "id": asked["id"], "result": result}}), flush=True)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "aicontext"
    path.parent.mkdir()
    path.write_text(SERVER.format(python=sys.executable))
    path.chmod(0o755)
    return path


def examined(home: Path, program: Path, tool: str, via: Via) -> Finding:
    files = LocalFiles({}, home, home, "linux")
    record = ConnectionsFolder(home / "data")
    values = {"proxy": "http://127.0.0.1:1", "mcp": "", "token": "", "command": str(program)}
    service = ConnectionService(files, record, values, commands=frozenset({"mcp", "hook"}))
    if not any(part.tool == tool for held in service.held() for part in held.parts):
        service.connect(CATALOGUE.tool(tool), via, Scope.USER)
    doctor = Doctor(files, SqliteEvents(home / "usage.db"), Probes(is_ours, tools))
    (found,) = doctor.look(service.held(), tool)
    return found


@pytest.mark.parametrize("tool", ["claude-code", "opencode", "goose", "codex-cli", "continue"])
def test_a_server_is_started_and_its_tools_are_listed(tmp_path, program, tool) -> None:
    found = examined(tmp_path, program, tool, Via.MCP)
    assert (found.state, "1 tools: retrieve" in found.seen[0]) == (State.WORKS, True)
    program.unlink()
    gone = examined(tmp_path, program, tool, Via.MCP)
    assert gone.state is State.BROKEN
    assert "cannot be started" in gone.seen[0]
    assert f"{program} mcp" in gone.step


def test_a_dead_port_is_broken(tmp_path, program) -> None:
    found = examined(tmp_path, program, "gemini-cli", Via.PROXY)
    assert found.state is State.BROKEN
    assert "No proxy of ours answers at http://127.0.0.1:1" in found.seen[0]


def test_hooks_are_unproven_and_rules_stand(tmp_path, program) -> None:
    assert examined(tmp_path, program, "qwen-code", Via.HOOKS).state is State.UNPROVEN
    assert examined(tmp_path, program, "codex-cli", Via.RULES).state is State.WORKS


def test_a_file_that_no_longer_parses_is_broken(tmp_path, program) -> None:
    found = examined(tmp_path, program, "claude-code", Via.MCP)
    Path(found.path).write_text("{")
    broken = examined(tmp_path, program, "claude-code", Via.MCP)
    assert broken.state is State.BROKEN
    assert "line 1, column 2" in broken.seen[0]
