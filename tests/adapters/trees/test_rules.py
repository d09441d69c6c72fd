"""Ignore rules mean what they mean to git."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.adapters.trees.globs import regex
from aicontext.adapters.trees.rules import Rules, ignoring, marking
from aicontext.adapters.trees.walk import GitDefaults, Walk

NAMES = st.sampled_from(
    ["a", "b", "ab", "a.b", "ba", "b a", "é", "a\nb", "[a]", "#a", "!a", "a\\b"]
)
PLAIN = st.sampled_from(["a", "b", ".", "/", "!", "#", " ", "]", "\\", "a/"])
STARS = st.sampled_from(["*", "**", "?", "**/", "/**", "/**/", "a/**/b"])
SETS = st.sampled_from(["[ab]", "[!a]", "[a-b]", "[[:alpha:]]", "[]a]", "[^]a]", "["])
ATOMS = st.one_of(PLAIN, STARS, SETS)
LINES = st.lists(ATOMS, min_size=1, max_size=6).map("".join)
RULES = st.lists(st.one_of(LINES, LINES.map("!".__add__)), min_size=1, max_size=5).map("\n".join)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


def _git(folder: Path, *words: str) -> bytes:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, env=environment)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def _made(root: Path, paths: set[str]) -> None:
    for path in sorted(paths):
        target = root / path
        if not any(parent.is_file() for parent in target.parents) and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text("text\n")


def _listed(root: Path) -> set[str]:
    found = Walk(root, GitDefaults()).listing()
    return {*found.files, *found.skipped}


def _by_git(root: Path) -> set[str]:
    out = _git(root, "ls-files", "-co", "--exclude-standard", "-z")
    return {os.fsdecode(name) for name in out.split(b"\0") if name}


@settings(max_examples=120)
@given(
    paths=st.sets(PATHS, min_size=1, max_size=12),
    rules=st.dictionaries(st.sampled_from(["", "a/", "b/", "a/b/"]), RULES, min_size=1, max_size=3),
    exclude=st.one_of(st.just(""), RULES),
    tracked=st.integers(0, 3),
)
def test_the_walk_lists_what_git_lists(
    paths: set[str], rules: dict[str, str], exclude: str, tracked: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        _git(root, "init", "-q")
        _made(root, paths)
        if tracked:
            some = [os.fsencode(p) for p in sorted(_listed(root))][:tracked]
            (root / "listed").write_bytes(b"\0".join(some))
            _git(root, "add", "--pathspec-from-file=listed", "--pathspec-file-nul")
            (root / "listed").unlink()
        for folder, text in rules.items():
            if (root / folder).is_dir():
                (root / folder / ".gitignore").write_text(text)
        (root / ".git" / "info").mkdir(exist_ok=True)
        (root / ".git" / "info" / "exclude").write_text(exclude)
        assert _listed(root) == _by_git(root)


@settings(max_examples=60)
@given(text=RULES, paths=st.lists(PATHS, min_size=1, max_size=40))
def test_rules_say_what_check_ignore_says(text: str, paths: list[str]) -> None:
    rules = Rules(ignoring(text))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        _git(root, "init", "-q")
        (root / ".gitignore").write_text(text)
        (root / "asked").write_bytes(b"\0".join(os.fsencode(p) for p in paths))
        with (root / "asked").open("rb") as asked:
            done = subprocess.run(
                ["git", "check-ignore", "--no-index", "-z", "--stdin"],
                cwd=root, stdin=asked, capture_output=True,
            )  # fmt: skip
    ignored = {os.fsdecode(p) for p in done.stdout.split(b"\0") if p}
    assert {p for p in paths if _ignored(rules, p)} == ignored


def _ignored(rules: Rules, path: str) -> bool:
    parts = path.split("/")
    for depth in range(1, len(parts) + 1):
        last = depth == len(parts)
        if rules.says("/".join(parts[:depth]), parts[depth - 1], folder=not last):
            return True
    return False


@pytest.mark.parametrize("glob", ["*a" * 30 + "b", "**/a/" * 30 + "b", "a*" * 20 + "/**/x" * 20])
def test_no_glob_takes_longer_than_the_path_is_long(glob: str) -> None:
    pattern = regex(glob)
    assert pattern is not None
    assert not re.fullmatch(pattern, "a/" * 400 + "a" * 200 + "c", re.DOTALL)
    assert not re.fullmatch(pattern, "a" * 4000, re.DOTALL)


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("*.pb.go linguist-generated", "a/b.pb.go", True),
        ("*.pb.go linguist-generated=true\nkeep.pb.go -linguist-generated", "keep.pb.go", False),
        ("*.pb.go linguist-generated=false", "b.pb.go", False),
        ("/gen/** linguist-generated=true", "gen/deep/file", True),
        ("gen/ linguist-generated", "gen/file", None),
        ('"a b" text linguist-generated', "a b", True),
        ("# * linguist-generated", "file", None),
        ("*.x linguist-vendored", "b.x", None),
    ],
)
def test_attributes_mark_files(text: str, path: str, says: bool | None) -> None:
    rules = Rules(marking(text, "linguist-generated"))
    assert rules.says(path, path.rpartition("/")[2], folder=False) is says


def test_case_is_folded_where_git_folds_it() -> None:
    rules = Rules(ignoring("Build/\n*.TMP\n/Docs/*.x"), caseless=True)
    assert rules.says("build", "build", folder=True)
    assert rules.says("a.tmp", "a.tmp", folder=False)
    assert rules.says("docs/A.X", "A.X", folder=False)
