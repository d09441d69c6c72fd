"""Our program's path in hooks, as each system's shells read it."""

import shlex
from pathlib import Path

import pytest

from aicontext.adapters.connections.folder import ConnectionsFolder
from aicontext.adapters.files.local import LocalFiles
from aicontext.domain.tools import Scope, System, Via
from aicontext.services.integrations.catalog import index
from aicontext.services.integrations.connections.service import ConnectionService
from aicontext.services.integrations.hooks.probe import programs
from aicontext.services.integrations.hooks.quoting import quoted

CATALOGUE = index.load()
ADA = "C:\\Users\\Ada Lovelace\\Scripts\\aicontext-hook.exe"
TOOLS = [one.id for one in CATALOGUE if any(way.via is Via.HOOKS for way in one.connections)]


@pytest.mark.parametrize(
    ("path", "system", "read"),
    [
        (ADA, System.WINDOWS, '"C:/Users/Ada Lovelace/Scripts/aicontext-hook.exe"'),
        ("C:\\py\\aicontext-hook.exe", System.WINDOWS, "C:/py/aicontext-hook.exe"),
        ("C:\\a&b\\aicontext-hook.exe", System.WINDOWS, '"C:/a&b/aicontext-hook.exe"'),
        ("/opt/a b/aicontext-hook", System.LINUX, "'/opt/a b/aicontext-hook'"),
        ("/opt/a'b/aicontext-hook", System.MACOS, "'/opt/a'\"'\"'b/aicontext-hook'"),
    ],
)
def test_it_is_one_word(path: str, system: System, read: str) -> None:
    assert quoted(path, system) == read
    assert len(shlex.split(read)) == 1


@pytest.mark.parametrize("tool", TOOLS)
def test_on_windows_each_tools_file_holds_it_whole_and_comes_back(
    tool: str, tmp_path: Path
) -> None:
    files = LocalFiles({"APPDATA": str(tmp_path / "Roaming")}, tmp_path, tmp_path, "win32")
    hook = quoted(ADA, System.WINDOWS)
    values = {"proxy": "http://127.0.0.1:1", "mcp": "", "token": "", "command": "", "hook": hook}
    record = ConnectionsFolder(tmp_path / "data")
    service = ConnectionService(files, record, values, commands=frozenset(("hook",)))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    service.connect(CATALOGUE.tool(tool), Via.HOOKS, Scope.USER)
    held = service.held()
    if not held:  # No file of the user's: nothing was written.
        return
    texts = [str(one) for file in held for part in file.parts for one in _texts(part.fragment)]
    assert hook in set(programs(texts))
    service.disconnect(tool)
    left = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert not [path for path in left if "data" not in path.parts]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []
