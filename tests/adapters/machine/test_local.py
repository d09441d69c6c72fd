"""What is found on a machine made for it."""

import json
from pathlib import Path

import pytest

from aicontext.adapters.machine.local import LocalMachine
from aicontext.domain.tools import System


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path


def _machine(home: Path, **environment: str) -> LocalMachine:
    return LocalMachine(environment, home, home / "project", "linux")


def test_programs_are_those_that_can_be_started(home: Path) -> None:
    (home / "bin").mkdir()
    (home / "bin" / "claude").touch(mode=0o755)
    (home / "bin" / "notes").touch(mode=0o644)
    (home / "bin" / "gemini.CMD").touch(mode=0o755)
    machine = _machine(home, PATH=f"/no/such/folder::{home / 'bin'}")
    names = ("claude", "notes", "gemini", "codex")
    assert [machine.has_command(name) for name in names] == [True, False, True, False]


def test_paths_follow_home_variables_and_the_project(home: Path) -> None:
    (home / "moved").mkdir()
    (home / "moved" / "config.toml").touch()
    (home / "project" / ".mcp.json").touch()
    machine = _machine(home, CODEX_HOME=str(home / "moved"), EMPTY="")
    assert machine.has_path("${CODEX_HOME:-~/.codex}/config.toml")
    assert machine.has_path("${EMPTY:-~/moved}/config.toml")
    assert machine.has_path("~/moved")
    assert machine.has_path(".mcp.json")
    assert not machine.has_path("~/.codex/config.toml")


def test_extensions_of_any_editor_by_name(home: Path) -> None:
    (home / ".cursor/extensions/Continue.continue-1.2.3-linux-x64").mkdir(parents=True)
    (home / ".vscode/extensions/rooveterinaryinc.roo-cline-3.54.0").mkdir(parents=True)
    machine = _machine(home)
    assert machine.has_extension("continue.continue")
    assert machine.has_extension("rooveterinaryinc.roo-cline")
    assert not machine.has_extension("rooveterinaryinc.roo")


def test_packages_that_the_project_asks_for(home: Path) -> None:
    project = home / "project"
    (project / "package.json").write_text(json.dumps({"devDependencies": {"ai": "^5"}}))
    (project / "requirements-dev.txt").write_text("# openai\nLangChain_OpenAI>=1 # x\n-r other\n")
    (project / "pyproject.toml").write_text(
        '[project]\ndependencies = ["anthropic[vertex]>=0.4"]\n'
        '[dependency-groups]\ndev = ["litellm", {include-group = "x"}]\n'
        '[tool.poetry.dependencies]\npydantic-ai = "*"\n'
    )
    machine = _machine(home)
    asked = (
        "npm:ai",
        "pypi:langchain-openai",
        "pypi:anthropic",
        "pypi:litellm",
        "pypi:pydantic-ai",
    )
    assert all(machine.has_package(name) for name in asked)
    assert not machine.has_package("pypi:openai")
    assert not machine.has_package("pypi:ai")


@pytest.mark.parametrize("held", ["{", "[]", '{"dependencies": []}', "\ud800"])
def test_files_that_cannot_be_read_ask_for_nothing(home: Path, held: str) -> None:
    for name in ("package.json", "pyproject.toml", "requirements.txt"):
        (home / "project" / name).write_text(held, errors="surrogatepass")
    assert not _machine(home).has_package("npm:ai")


def test_the_system_is_told(home: Path) -> None:
    systems = {"darwin": System.MACOS, "win32": System.WINDOWS, "linux": System.LINUX}
    for platform, system in systems.items():
        assert LocalMachine({}, home, home, platform).system is system
