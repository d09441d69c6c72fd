import shlex
import sys
import time
from pathlib import Path

import pytest

from aicontext.adapters.connections.folder import ConnectionsFolder
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.adapters.files.local import LocalFiles
from aicontext.client.hooks import answered
from aicontext.client.mcp import tools
from aicontext.client.proxy import is_ours
from aicontext.domain.events import HookEvent, Moment
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.tools import Scope, Via
from aicontext.services.integrations.catalog import index
from aicontext.services.integrations.connections import visits
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
    hook = shlex.quote(str(program.with_name("aicontext-hook")))
    command = {"command": str(program), "hook": hook}
    values = {"proxy": "http://127.0.0.1:1", "mcp": "", "token": "", **command}
    service = ConnectionService(files, record, values, commands=frozenset({"mcp", "hook"}))
    if not any(part.tool == tool for held in service.held() for part in held.parts):
        service.connect(CATALOGUE.tool(tool), via, Scope.USER)
    doctor = Doctor(files, SqliteEvents(home / "usage.db"), Probes(is_ours, tools, answered))
    (found,) = doctor.look(service.held(), tool)
    return found


@pytest.mark.parametrize("tool", ["claude-code", "opencode", "goose", "codex-cli", "continue"])
def test_a_server_is_started_and_its_tools_are_listed(tmp_path, program, tool) -> None:
    found = examined(tmp_path, program, tool, Via.MCP)
    assert (found.state, "serves 1 tools" in found.seen[0]) == (State.UNPROVEN, True)
    program.unlink()
    gone = examined(tmp_path, program, tool, Via.MCP)
    assert gone.state is State.BROKEN
    assert "cannot be started" in gone.seen[0]
    assert f"{program} mcp" in gone.step


def test_a_server_works_once_the_tool_has_asked_for_its_tools(tmp_path, program) -> None:
    def asked(client: str, at: float) -> State:
        visits.note(SqliteEvents(tmp_path / "usage.db"), client, at)
        return examined(tmp_path, program, "codex-cli", Via.MCP).state

    assert asked("codex-mcp-client", time.time() - 60) is State.UNPROVEN
    connected = examined(tmp_path, program, "codex-cli", Via.MCP)
    assert connected.step.endswith("aicontext doctor")
    later = time.time() + 60
    for other in ("claude-code", "aicontext-doctor for codex", "\x1b[2J", ""):
        assert asked(other, later) is State.UNPROVEN
    assert asked("Codex MCP Client", later) is State.WORKS


def test_a_dead_port_is_broken(tmp_path, program) -> None:
    found = examined(tmp_path, program, "gemini-cli", Via.PROXY)
    assert found.state is State.BROKEN
    assert "No proxy of ours answers at http://127.0.0.1:1" in found.seen[0]


def test_rules_stand(tmp_path, program) -> None:
    assert examined(tmp_path, program, "codex-cli", Via.RULES).state is State.WORKS


HOOK = """#!{python}
import json, sys
said = json.load(sys.stdin)
assert sys.argv[1:3] in (["claude-code", "PostToolUse"], ["claude-code", "statusline"])
if sys.argv[2] == "statusline":
    print("Opus, 5 tokens saved")
else:
    lines = said["tool_response"]["stdout"].splitlines()
    print({says})
"""
SHORTER = 'json.dumps({"updatedToolOutput": {"stdout": lines[-1]}})'


def hooking(program: Path, says: str) -> None:
    path = program.with_name("aicontext-hook")
    path.write_text(HOOK.format(python=sys.executable, says=says))
    path.chmod(0o755)


def heard(home: Path, tool: str, outcome: Outcome) -> None:
    now = time.time()
    event = HookEvent(f"{now}", now, Caller(tool, "s"), Moment.AFTER_TOOL, outcome, why="KeyError")
    SqliteEvents(home / "usage.db").append_hooks([event])


def test_a_hook_works_once_the_tool_has_called_it(tmp_path: Path, program: Path) -> None:
    hooking(program, SHORTER)
    quiet = examined(tmp_path, program, "claude-code", Via.HOOKS)
    assert quiet.state is State.UNPROVEN
    assert "has not called it" in quiet.seen[1]
    heard(tmp_path, "codex-cli", Outcome.UNCHANGED)
    assert examined(tmp_path, program, "claude-code", Via.HOOKS).state is State.UNPROVEN
    heard(tmp_path, "claude-code", Outcome.PASSED)
    failing = examined(tmp_path, program, "claude-code", Via.HOOKS)
    assert (failing.state, "at last: KeyError" in failing.seen[-1]) == (State.BROKEN, True)
    heard(tmp_path, "claude-code", Outcome.OPTIMIZED)
    assert examined(tmp_path, program, "claude-code", Via.HOOKS).state is State.WORKS


@pytest.mark.parametrize(
    ("says", "seen"),
    [
        ("''", "as it came"),
        ("'{'", "as it came"),
        ('json.dumps({"updatedToolOutput": {"stdout": "short"}})', "does not hold"),
        ("1 / 0", "ends with 1"),
    ],
)
def test_a_hook_that_does_nothing_looks_broken(tmp_path: Path, program: Path, says, seen) -> None:
    hooking(program, says)
    heard(tmp_path, "claude-code", Outcome.OPTIMIZED)
    found = examined(tmp_path, program, "claude-code", Via.HOOKS)
    assert (found.state, seen in found.seen[0]) == (State.BROKEN, True)
    assert found.step.endswith("aicontext-hook claude-code PostToolUse")


def test_a_hook_that_is_gone_is_broken(tmp_path: Path, program: Path) -> None:
    for tool in ("claude-code", "opencode", "mistral-vibe", "cursor"):
        found = examined(tmp_path, program, tool, Via.HOOKS)
        assert (found.state, "cannot be started" in found.seen[0]) == (State.BROKEN, True)


def test_a_status_line_is_tried(tmp_path: Path, program: Path) -> None:
    assert examined(tmp_path, program, "claude-code", Via.STATUS).state is State.BROKEN
    hooking(program, SHORTER)
    assert examined(tmp_path, program, "claude-code", Via.STATUS).state is State.WORKS


def test_a_file_that_no_longer_parses_is_broken(tmp_path, program) -> None:
    found = examined(tmp_path, program, "claude-code", Via.MCP)
    Path(found.path).write_text("{")
    broken = examined(tmp_path, program, "claude-code", Via.MCP)
    assert broken.state is State.BROKEN
    assert "line 1, column 2" in broken.seen[0]
