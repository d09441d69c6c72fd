"""A listing that is believed for the kernel's silence is the one that a new look finds."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from aicontext.adapters.trees import watch
from aicontext.adapters.trees.walk import GitDefaults
from aicontext.adapters.trees.watch import Watch
from aicontext.adapters.trees.working_copy import WorkingCopy
from aicontext.domain.errors import NotFound
from aicontext.domain.repository.trees import Listing


def _seen(listing: Listing) -> object:
    """What does not depend on when it was looked at."""
    sizes = {path: (stamp[0], stamp[2]) for path, stamp in listing.files.items()}
    return sizes, dict(listing.skipped)


def _quiet(copy: WorkingCopy) -> bool:
    """Whether it stops looking: files that were just written are looked at for a while."""
    return copy.listing() is copy.listing()


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(watch, "_YOUNG", 0)
    root = tmp_path / "tree"
    for name in ("a.py", "src/b.py", "src/deep/c.py", "ignored/d.py", "ignored/in/e.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("pass\n")
    (root / ".gitignore").write_text("ignored/\n*.log\n")
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "add", "-f", "."], cwd=root, check=True)
    if not Watch(root)._working():
        pytest.skip("nothing tells of changes here")
    return root


def _copy(tree: Path, defaults: GitDefaults | None = None) -> WorkingCopy:
    copy = WorkingCopy(tree, defaults)
    copy.listing()
    assert _quiet(copy)
    return copy


def _elsewhere(tree: Path) -> Path:
    return tree.parent / "elsewhere.py"


def _swap(tree: Path) -> None:
    shutil.copytree(tree, tree.parent / "new")
    (tree.parent / "new" / "a.py").write_text("another = 1\n")
    tree.rename(tree.parent / "old")
    (tree.parent / "new").rename(tree)


CHANGES: dict[str, Callable[[Path], object]] = {
    "write": lambda t: (t / "src/deep/c.py").write_text("x = 12345\n"),
    "create": lambda t: (t / "src/new.py").write_text("x = 1\n"),
    "create in a new folder": lambda t: (
        (t / "src/new/er").mkdir(parents=True),
        (t / "src/new/er/f.py").write_text("x = 1\n"),
    ),
    "remove": lambda t: (t / "a.py").unlink(),
    "remove a folder": lambda t: shutil.rmtree(t / "src/deep"),
    "rename": lambda t: (t / "src/b.py").rename(t / "src/z.py"),
    "rename a folder": lambda t: (t / "src/deep").rename(t / "deep"),
    "replace": lambda t: (
        _elsewhere(t).write_text("y = 123\n"),
        _elsewhere(t).replace(t / "a.py"),
    ),
    "permissions": lambda t: (t / "a.py").chmod(0o600),
    "ignore": lambda t: (t / ".gitignore").write_text("ignored/\nsrc/\n"),
    "ignore by exclude": lambda t: (t / ".git/info/exclude").write_text("a.py\n"),
    "attributes": lambda t: (t / ".gitattributes").write_text("a.py linguist-generated\n"),
    "untrack": lambda t: subprocess.run(
        ["git", "rm", "-q", "--cached", "ignored/d.py"], cwd=t, check=True
    ),
    "tracked, in an ignored folder": lambda t: (t / "ignored/in/e.py").write_text("x = 123\n"),
    "inner repository": lambda t: subprocess.run(["git", "init", "-q", t / "src/deep"], check=True),
    "link": lambda t: (t / "link.py").symlink_to("a.py"),
    "another tree in its place": _swap,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_changes_is_told(tree: Path, change: Callable[[Path], object]) -> None:
    copy = _copy(tree)
    before = copy.listing()

    change(tree)

    found = copy.listing()
    assert found is not before
    assert _seen(found) == _seen(WorkingCopy(tree).listing())


def test_a_file_with_a_name_elsewhere_is_looked_at(tree: Path) -> None:
    os.link(tree / "a.py", _elsewhere(tree))
    copy = _copy(tree)

    _elsewhere(tree).write_text("written under its other name\n")

    assert copy.listing().files["a.py"][0] == len("written under its other name\n")


def test_settings_elsewhere_are_looked_at(tree: Path, tmp_path: Path) -> None:
    excludes = tmp_path / "excludes"
    copy = _copy(tree, GitDefaults((), excludes))

    excludes.write_text("new.py\n")
    (tree / "src/new.py").touch()

    assert "src/new.py" not in copy.listing().files


@pytest.mark.parametrize("seed", range(4))
def test_any_changes_in_any_order(tree: Path, seed: int) -> None:
    random = Random(seed)
    copy = _copy(tree)
    for _ in range(60):
        folders = [path for path in [tree, *tree.rglob("*")] if path.is_dir()]
        folders = [path for path in folders if ".git" not in path.parts]
        folder, name = random.choice(folders), random.choice(["a.py", "b.py", "x.log", "deep"])
        _do(random.randrange(6), folder, folder / name)
        assert _seen(copy.listing()) == _seen(WorkingCopy(tree).listing())


def _do(what: int, folder: Path, path: Path) -> None:
    if what == 0 and not path.exists():
        path.mkdir()
    elif what == 1 and path.is_dir() and ".git" not in {one.name for one in path.iterdir()}:
        shutil.rmtree(path)
    elif what == 2 and path.is_file():
        path.unlink()
    elif what == 3 and path.is_file():
        path.rename(folder / "c.py")
    elif not path.is_dir():
        with path.open("a") as file:
            file.write("x = 1\n")


def test_silence_is_believed_for_a_while_only(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = _copy(tree)
    monkeypatch.setattr(watch, "SECONDS", 0.0)

    assert not _quiet(copy)


def test_too_many_folders_are_looked_at(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_MOST", 2)
    copy = WorkingCopy(tree)
    copy.listing()

    assert not _quiet(copy)
    (tree / "src/deep/c.py").write_text("x = 12345\n")
    assert _seen(copy.listing()) == _seen(WorkingCopy(tree).listing())


def test_a_child_takes_no_events_from_its_parent(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = _copy(tree)
    before = copy.listing()
    (tree / "src/b.py").write_text("x = 12345\n")

    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: -1)
        in_child = copy.listing()
    copy._last = before

    assert _seen(in_child) == _seen(copy.listing()) != _seen(before)


def test_a_tree_that_went_away_and_came_back_is_looked_at(tree: Path) -> None:
    copy = _copy(tree)
    tree.rename(tree.parent / "away")
    with pytest.raises(NotFound):
        copy.listing()
    (tree.parent / "away").rename(tree)
    (tree / "a.py").unlink()

    assert "a.py" not in copy.listing().files
