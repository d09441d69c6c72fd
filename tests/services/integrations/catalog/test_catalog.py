"""Every manifest is valid, and the index holds what they say."""

import dataclasses
import importlib.util
import shutil
import statistics
from pathlib import Path
from typing import Any

import pytest

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.tools import Format, Label, Scope, System, Tier, Tool, Via
from aicontext.services.integrations.catalog import index, manifest

ROOT = Path(__file__).parents[4]
_SPEC = importlib.util.spec_from_file_location("build_tools", ROOT / "tools/build_tools.py")
assert _SPEC
assert _SPEC.loader
build_tools = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(build_tools)
CATALOGUE = index.load()
SHAPES = CATALOGUE.shapes
NEW = """
id = "new"
name = "New"
kind = "cli"
status = "likely"
checked_on = 2026-11-28
detect = { commands = ["new"] }
[[connect]]
via = "proxy"
variables = ["OPENAI_BASE_URL"]
[[connect]]
via = "mcp"
dialect = "mcpServers"
user = "~/.new/mcp.json"
project = ".new/mcp.json"
"""


def _manifest(folder: Path, text: str) -> Path:
    (folder / "new").mkdir(exist_ok=True)
    path = folder / "new" / "manifest.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_index_is_up_to_date() -> None:
    written = (build_tools.CATALOG / "index.json").read_text(encoding="utf-8")
    assert written == build_tools.text(build_tools.index()), "run: python tools/build_tools.py"


def test_a_tool_of_a_known_shape_takes_at_most_15_lines(tmp_path: Path) -> None:
    assert len(NEW.strip().splitlines()) <= 15
    tool = manifest.load(_manifest(tmp_path, NEW), SHAPES)
    launch, user, project = tool.connections
    assert launch.variables == {"OPENAI_BASE_URL": "{proxy}/v1"}
    assert (user.scope, project.scope) == (Scope.USER, Scope.PROJECT)
    assert user.files[System.WINDOWS] == ("~/.new/mcp.json",)
    assert user.format is Format.JSON
    assert user.fragment == {"mcpServers": {"aicontext": {"command": "{command}", "args": ["mcp"]}}}
    assert tool.label is Label.ROUTED


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "New"\n', "", "name: is missing, expected a text"),
        ('id = "new"', 'id = "old"', "id: is 'old', expected the folder's name 'new'"),
        ('kind = "cli"', 'kind = "toy"', "kind: is 'toy', expected one of cli, ide"),
        ("2026-11-28", '"soon"', "checked_on: is 'soon', expected a date such as 2026-11-22"),
        ('"mcpServers"', '"mcp"', "connect[2].dialect: is 'mcp', expected one of mcpServers"),
        ('"~/.new/mcp.json"', '"<apps>/mcp.json"', "connect[2].user: is '<apps>/mcp.json'"),
        ('"~/.new/mcp.json"', "[]", "connect[2].user: is [], expected a path or paths"),
        ('dialect = "mcpServers"\n', "", "connect[2].dialect: is missing"),
        ('dialect = "mcpServers"', 'set.apiKey = "x"', "connect[2].set: holds a key or secret"),
        ('dialect = "mcpServers"', 'set.url = "{port}"', "connect[2]: holds {port}, expected one"),
        ('variables = ["OPENAI_BASE_URL"]', "", "connect[1]: expected a file (user, project), or"),
        ('["OPENAI_BASE_URL"]', '["X_URL"]', "connect[1].variables: is ['X_URL']"),
        ("detect = {", 'docs = "http://x.example"\ndetect = {', "expected an https link"),
        ("detect = {", "wire = 1\ndetect = {", "wire: is unknown, expected one of id, name"),
        ('{ commands = ["new"] }', '{ extensions = ["new"] }', "names such as publisher.extension"),
        ('id = "new"', "id = ", "new/manifest.toml: Invalid value"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in NEW
    path = _manifest(tmp_path, NEW.replace(old, new))
    with pytest.raises(InvalidInput) as told:
        manifest.load(path, SHAPES)
    assert said in str(told.value)
    assert str(path) in str(told.value)


def test_a_tool_is_found_by_id_and_by_its_program() -> None:
    assert CATALOGUE.tool("claude-code").name == "Claude Code"
    codex = CATALOGUE.started_by("codex")
    assert codex
    assert codex.id == "codex-cli"
    assert CATALOGUE.started_by("no-such-program") is None
    with pytest.raises(NotFound, match="Perhaps claude-code"):
        CATALOGUE.tool("claud-code")
    with pytest.raises(NotFound, match="Perhaps claude-code\\."):
        CATALOGUE.tool("claude")


def test_tools_whose_servers_call_the_address_are_not_routed() -> None:
    cursor = CATALOGUE.tool("cursor")
    assert any(one.via is Via.PROXY for one in cursor.connections)
    assert cursor.label is Label.CONNECTED


def _lines(path: Path) -> int:
    """Lines of data, without blank ones and comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(bool(line.strip()) and not line.startswith("#") for line in lines)


def test_half_of_the_manifests_take_at_most_15_lines() -> None:
    counts = [_lines(path) for path in build_tools.CATALOG.glob("*/manifest.toml")]
    assert len(counts) == len(CATALOGUE) >= 150
    assert statistics.median(counts) <= 15


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A catalogue of two tools that can be spoilt."""
    for name in ("boltai", "tome", "_samples", "_shims"):
        shutil.copytree(build_tools.CATALOG / name, tmp_path / name)
    shutil.copy(build_tools.CATALOG / "_shapes.toml", tmp_path)
    return tmp_path


def test_a_sample_is_wanted_for_each_file_and_for_nothing_else(catalog: Path) -> None:
    build_tools.index(catalog)
    (catalog / "boltai/mcp.json").rename(catalog / "boltai/other.json")
    with pytest.raises(InvalidInput) as told:
        build_tools.index(catalog)
    assert "mcp.json: is missing, expected a sample" in str(told.value)
    assert "other.json: is the sample of no file that is connected" in str(told.value)


def test_a_sample_holds_no_key(catalog: Path) -> None:
    (catalog / "boltai/mcp.json").write_text('{"key": "sk-' + "a1B2" * 8 + '"}')
    with pytest.raises(InvalidInput, match=r"mcp\.json: holds a key or token"):
        build_tools.index(catalog)


def test_a_mark_shows_one_tool_alone(catalog: Path) -> None:
    path = catalog / "tome/manifest.toml"
    path.write_text(path.read_text().replace('paths = ["~/.tome"]', 'paths = ["~/.boltai"]'))
    with pytest.raises(InvalidInput, match=r"detect: '~/\.boltai' shows boltai too"):
        build_tools.index(catalog)


def _tier(tool: Tool) -> Tier:
    found: Tier = build_tools.tier(tool, SHAPES["environment"])
    return found


def test_a_run_on_record_makes_gold() -> None:
    gold = {tool.id for tool in CATALOGUE if tool.tier is Tier.GOLD}
    assert {"claude-code", "codex-cli", "openai-python"} <= gold
    unproven = dataclasses.replace(CATALOGUE.tool("openai-python"), evidence="tests/no/such.py")
    assert _tier(unproven) is Tier.SILVER


@pytest.mark.parametrize(
    "changed",
    [
        {"fragment": ["no table"]},
        {"fragment": {"lastOpened": {"aicontext": {"a": 1}}}},
        {"likely": True},
        {"via": Via.PROXY, "fragment": {"base": "{proxy}/v2/chat"}},
        {"via": Via.PROXY, "fragment": {"base": "{proxy}/to/nowhere/v1"}},
        {"via": Via.PROXY, "fragment": {"base": "no address"}},
        {"files": {}, "fragment": None, "by_hand": "Settings > MCP"},
    ],
)
def test_what_cannot_be_proven_makes_no_silver(changed: dict[str, Any]) -> None:
    tool = CATALOGUE.tool("boltai")
    (connection,) = tool.connections
    assert _tier(tool) is Tier.SILVER
    spoilt = dataclasses.replace(connection, **changed)
    assert _tier(dataclasses.replace(tool, connections=(spoilt,))) is Tier.BRONZE


def test_a_sample_that_cannot_be_read_is_told(catalog: Path) -> None:
    (catalog / "boltai/mcp.json").write_text('{"mcpServers": {,}}')
    with pytest.raises(InvalidInput, match=r"boltai/manifest\.toml: mcp\.json: line 1, column 17"):
        build_tools.index(catalog)
