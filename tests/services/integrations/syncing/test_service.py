"""Rules and servers of tools brought together, and taken apart again without a trace."""

import json
from pathlib import Path

import pytest

from aicontext.adapters.connections.folder import ConnectionsFolder
from aicontext.adapters.files.local import LocalFiles
from aicontext.domain.errors import Malformed
from aicontext.domain.tools import Scope
from aicontext.services.integrations.catalog.index import load
from aicontext.services.integrations.connections.service import ConnectionService
from aicontext.services.integrations.syncing.service import Synced, SyncService

CATALOGUE = load()
TEXT = CATALOGUE.shapes["rules"]["text"]
SERVERS = '{\n  "mcpServers": {"docs": {"command": "npx", "args": ["-y", "docs-mcp"]}}\n}\n'


class Project:
    def __init__(self, home: Path) -> None:
        self.folder = home / "project"
        self.folder.mkdir()
        files = LocalFiles({}, home, self.folder, "linux")
        values = {"proxy": "http://127.0.0.1:1", "mcp": "", "token": "", "command": "aicontext"}
        commands = frozenset({"mcp"})
        self.connections = ConnectionService(
            files, ConnectionsFolder(home / "record"), values, commands=commands
        )
        self.service = SyncService(self.connections, TEXT)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def read(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    def sync(self, *tools: str, source: str = "", dry: bool = False) -> Synced:
        known = [CATALOGUE.tool(tool) for tool in tools]
        return self.service.sync(known, Scope.PROJECT, str(self.folder), source=source, dry=dry)

    def undo(self) -> Synced:
        return self.service.undo(Scope.PROJECT, str(self.folder))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_what_one_has_the_others_get_and_give_back_byte_for_byte(project: Project) -> None:
    project.write("CLAUDE.md", "# Rules\r\n\r\nUse tabs.\r\n")
    project.write(".mcp.json", SERVERS)
    project.write(".codex/config.toml", '# mine\nmodel = "x"\n')
    project.write("GEMINI.md", "@AGENTS.md\n")
    before = project.files()
    tools = ("claude-code", "codex-cli", "cursor", "gemini-cli", "opencode")
    assert {edit.changed for edit in project.sync(*tools, dry=True).edits} == {True}
    assert project.files() == before
    project.sync(*tools)
    for name in ("AGENTS.md", ".cursor/rules/aicontext-shared.mdc"):
        assert "These rules stand in CLAUDE.md" in project.read(name)
        assert "# Rules\n\nUse tabs.\n" in project.read(name)
    assert project.read("GEMINI.md") == "@AGENTS.md\n"
    assert project.read(".codex/config.toml").startswith('# mine\nmodel = "x"\n')
    assert '[mcp_servers.docs]\ncommand = "npx"' in project.read(".codex/config.toml")
    assert json.loads(project.read(".cursor/mcp.json")) == json.loads(SERVERS)
    assert project.files()["CLAUDE.md"] == before["CLAUDE.md"]
    assert not any(edit.changed for edit in project.sync(*tools).edits)
    project.undo()
    assert project.files() == before


def test_what_changes_or_goes_at_its_source_does_so_elsewhere(project: Project) -> None:
    project.write("CLAUDE.md", "Use tabs.\n")
    project.write(".mcp.json", SERVERS)
    project.sync("claude-code", "codex-cli")
    project.write("CLAUDE.md", "Use blanks.\n")
    project.write(".mcp.json", '{"mcpServers": {}}')
    project.sync("claude-code", "codex-cli")
    assert "Use blanks." in project.read("AGENTS.md")
    assert "Use tabs." not in project.read("AGENTS.md")
    assert not (project.folder / ".codex/config.toml").exists()
    project.write("CLAUDE.md", "")
    project.sync("claude-code", "codex-cli")
    assert not (project.folder / "AGENTS.md").exists()


def test_what_others_wrote_meanwhile_stays(project: Project) -> None:
    project.write("CLAUDE.md", "Use tabs.\n")
    project.sync("claude-code", "codex-cli")
    project.write("AGENTS.md", project.read("AGENTS.md") + "\nMine.\n")
    project.undo()
    assert project.read("AGENTS.md").strip() == "Mine."


def test_where_they_differ_it_is_told_and_nothing_written(project: Project) -> None:
    project.write("CLAUDE.md", "Use tabs.\n")
    project.write("AGENTS.md", "Use blanks.\n")
    project.write(".mcp.json", SERVERS)
    project.write(".cursor/mcp.json", SERVERS.replace("docs-mcp", "other-mcp"))
    before = project.files()
    done = project.sync("claude-code", "codex-cli", "cursor")
    assert [one.what for one in done.conflicts] == ["server docs", "rules"]
    assert len(done.conflicts[1].where) == 2
    assert not (project.folder / ".codex/config.toml").exists()
    assert project.files() == before
    chosen = project.sync("claude-code", "codex-cli", "cursor", source="claude-code")
    assert not chosen.conflicts
    assert '"docs-mcp"' in project.read(".codex/config.toml")
    assert "other-mcp" in project.read(".cursor/mcp.json")
    assert project.read("AGENTS.md").startswith("Use blanks.\n")
    assert "Use tabs." in project.read("AGENTS.md")
    project.undo()
    assert project.files() == before


def test_keys_are_never_copied(project: Project) -> None:
    entry = {"command": "gh-mcp", "env": {"TOKEN": "hunter2"}}
    flagged = {"command": "gh-mcp", "args": ["--token", "hunter2"]}
    project.write(".mcp.json", json.dumps({"mcpServers": {"gh": entry, "gl": flagged}}))
    project.write("CLAUDE.md", "Use sk-ant-REDACTED0123456789abcdef.\n")
    before = project.files()
    done = project.sync("claude-code", "codex-cli")
    assert project.files() == before
    assert [one.what for one in done.left] == ["server gh", "server gl", "rules"]
    assert "hunter2" not in str(done)


def test_a_malformed_file_is_left_and_its_place_told(project: Project) -> None:
    project.write(".mcp.json", "{\n  broken")
    with pytest.raises(Malformed, match=r"\.mcp\.json:2:"):
        project.sync("claude-code", "codex-cli")
    assert project.read(".mcp.json") == "{\n  broken"


def test_our_own_server_and_section_are_nobodys_source(project: Project) -> None:
    for tool in ("claude-code", "codex-cli"):
        for via in ("mcp", "rules"):
            way = next(w for w in CATALOGUE.tool(tool).connections if w.via == via)
            project.connections.connect(CATALOGUE.tool(tool), way.via, Scope.PROJECT)
    connected = project.files()
    assert not project.sync("claude-code", "codex-cli", "cursor").edits
    project.write("CLAUDE.md", project.read("CLAUDE.md") + "\nUse tabs.\n")
    project.sync("claude-code", "codex-cli")
    assert "Use tabs." in project.read("AGENTS.md")
    assert project.read("AGENTS.md").count("Long tool output") == 1
    project.undo()
    assert project.files()["AGENTS.md"] == connected["AGENTS.md"]
    for tool in ("claude-code", "codex-cli"):
        project.connections.disconnect(tool)
    assert set(project.files()) == {"CLAUDE.md"}


def test_every_tool_of_the_catalogue_gives_back_what_it_had(project: Project) -> None:
    project.write("CLAUDE.md", "Use tabs.\n")
    project.write(".mcp.json", SERVERS)
    before = project.files()
    tools = [tool.id for tool in CATALOGUE]
    done = project.sync(*tools)
    assert len(done.edits) > 20
    assert not done.conflicts
    project.undo()
    assert project.files() == before
