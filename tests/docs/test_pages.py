"""Every code block of the docs runs and prints what the page shows; every link leads somewhere."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from waiting import without_progress

_SPEC = importlib.util.spec_from_file_location("docs_pages", Path(__file__).with_name("pages.py"))
assert _SPEC
assert _SPEC.loader
docs = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = docs
_SPEC.loader.exec_module(docs)

BIN = Path(sys.executable).parent
LANGUAGES = {"python", "console", "output", "text", ""}


def _name(page: Path) -> str:
    return page.relative_to(docs.ROOT).as_posix()


def _with_code(page: Path) -> bool:
    return any(f.language in ("python", "console") for f in docs.fences(page.read_text()))


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a reader's clone: the examples, the command, an archive of its own."""
    shutil.copytree(docs.ROOT / "examples", tmp_path / "examples")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(BIN)
    # A build server's own variables change what the shown commands print.
    for name in list(os.environ):
        if name.startswith("AICONTEXT_") or name in ("CI", "BUILD_NUMBER"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AICONTEXT_HOOK_IDLE", "0")
    monkeypatch.setenv("AICONTEXT_PLAN_SECONDS", "60")
    # Pages connect tools, whose files must not be those of whoever runs the tests.
    monkeypatch.setenv("HOME", str(tmp_path / "reader"))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in docs.pages() if _with_code(page)], ids=_name)
def test_code_runs_and_prints_what_the_page_shows(page: Path, workplace: Path) -> None:
    namespace: dict[str, object] = {"__name__": "page"}
    printed = ""
    for block in docs.fences(page.read_text()):
        place = f"{_name(page)}:{block.line}"
        if block.language == "python":
            source = "\n" * (block.line - 1) + block.text
            with redirect_stdout(StringIO()) as out:
                exec(compile(source, _name(page), "exec", dont_inherit=True), namespace)
            printed = out.getvalue()
        elif block.language == "output":
            assert docs.matches(block.text, printed), f"{place} printed:\n{printed}"
        elif block.language == "console":
            _converse(block.text, place, workplace)


def _converse(text: str, place: str, folder: Path) -> None:
    for command, expected in docs.session(text):
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        told = f"{place} `{command}` ({done.returncode}) printed:\n{done.stdout}"
        assert (done.returncode == 0) == ("error (" not in expected), told
        assert not expected or docs.matches(expected, without_progress(done.stdout)), told


@pytest.mark.parametrize("page", docs.pages(), ids=_name)
def test_blocks_are_of_known_languages(page: Path) -> None:
    assert {f.language for f in docs.fences(page.read_text())} <= LANGUAGES


@pytest.mark.parametrize("page", docs.pages(), ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in docs.links(page.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in docs.anchors(target.read_text()), link


def test_every_page_is_on_the_map() -> None:
    index = docs.ROOT / "docs" / "README.md"
    linked = {
        (index.parent / link.partition("#")[0]).resolve() for link in docs.links(index.read_text())
    }
    assert {page for page in docs.pages() if page.parent != docs.ROOT} - {index} <= linked


def test_every_decision_is_on_its_index() -> None:
    folder = docs.ROOT / "docs" / "adr"
    assert {page.name for page in folder.glob("0*.md")} == set(
        docs.links((folder / "README.md").read_text())
    )


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a  b\n", "a b", True),
        ("a ... c", "a b b c", True),
        ("a ... c", "a c", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("...b...", "abc", True),
        ("ab...bc", "abc", False),
        ("a", "b", False),
    ],
)
def test_output_is_compared_as_readers_do(expected: str, printed: str, same: bool) -> None:
    assert docs.matches(expected, printed) is same
