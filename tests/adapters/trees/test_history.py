"""Commits, as they are and as they can be missing."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aicontext.adapters.trees.history import GitHistory
from aicontext.adapters.trees.working_copy import WorkingCopy
from aicontext.domain.repository.trees import Commits

Prepare = Callable[[Path], None]
WHO = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *WHO, *words], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


def commit(root: Path, message: str, *names: str) -> str:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(message)
    git(root, "add", "-A")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def test_commits_come_with_their_files_and_whole_messages(root: Path) -> None:
    commit(root, "First\n\nWith a body\nof lines", "a.py", "dir/b.py")
    commit(root, "Nothing changed")
    last = commit(root, "Ünï\x01code", "two\nlines.py", "é.py")
    found = GitHistory(root).commits()
    assert found.whole
    assert found.head == last == found.commits[0].id
    assert [one.message for one in found.commits] == [
        "Ünï\x01code",
        "Nothing changed",
        "First\n\nWith a body\nof lines",
    ]
    assert [set(one.paths) for one in found.commits] == [
        {"two\nlines.py", "é.py"},
        set(),
        {"a.py", "dir/b.py"},
    ]
    assert found.commits[0].at > 1_500_000_000


def test_at_most_so_many_are_read(root: Path) -> None:
    for n in range(4):
        commit(root, f"Change {n}", "a.py")
    found = GitHistory(root, most=2).commits()
    assert [one.message for one in found.commits] == ["Change 3", "Change 2"]


def test_the_head_is_found_without_git(root: Path) -> None:
    history = GitHistory(root, program="no such program")
    assert history.head() == ""
    first = commit(root, "First", "a.py")
    assert GitHistory(root, program="no such program").head() == first
    git(root, "pack-refs", "--all")
    assert GitHistory(root, program="no such program").head() == first
    git(root, "checkout", "-q", "--detach")
    assert GitHistory(root, program="no such program").head() == first
    git(root, "worktree", "add", "-q", "-b", "side", "../side")
    second = commit(root.parent / "side", "Second", "b.py")
    assert GitHistory(root.parent / "side").head() == second
    assert len(GitHistory(root.parent / "side").commits().commits) == 2


def test_a_shallow_clone_has_the_history_that_it_has(root: Path) -> None:
    for n in range(3):
        commit(root, f"Change {n}", f"{n}.py")
    git(root.parent, "clone", "-q", "--depth", "1", root.as_uri(), "shallow")
    (one,) = GitHistory(root.parent / "shallow").commits().commits
    assert set(one.paths) == {"0.py", "1.py", "2.py"}


def test_no_history_is_no_failure(root: Path, tmp_path: Path) -> None:
    assert GitHistory(tmp_path).commits() == Commits()
    assert GitHistory(root).commits() == Commits()
    head = commit(root, "First", "a.py")
    assert GitHistory(root, program="no such program").commits() == Commits(head, whole=False)
    (root / ".git" / "objects" / head[:2] / head[2:]).unlink()
    assert GitHistory(root).commits() == Commits(head, whole=False)


def test_a_slow_git_is_not_waited_for(root: Path, tmp_path: Path) -> None:
    head = commit(root, "First", "a.py")
    slow = tmp_path / "slow"
    record = f"\\001{head}\\0001700000000\\000First\\000\\000\\na.py\\000"
    slow.write_text(f"#!/bin/sh\nprintf '{record}{record}'\nexec sleep 60\n")
    slow.chmod(stat.S_IRWXU)
    found = GitHistory(root, program=os.fspath(slow), seconds=0.5).commits()
    assert not found.whole
    assert [one.message for one in found.commits] == ["First"]


def test_settings_of_the_user_change_nothing(root: Path) -> None:
    commit(root, "First", "a.py")
    commit(root, "Second", "b.py")
    before = GitHistory(root).commits()
    for name, value in (
        ("log.showSignature", "true"),
        ("log.follow", "true"),
        ("log.date", "relative"),
        ("color.ui", "always"),
        ("diff.renames", "copies"),
        ("diff.noprefix", "true"),
        ("i18n.logOutputEncoding", "latin1"),
        ("format.pretty", "oneline"),
    ):
        git(root, "config", name, value)
    assert GitHistory(root).commits() == before


def test_folders_that_lie_elsewhere_are_not_fetched(root: Path) -> None:
    head = commit(root, "First", "a.py")
    git(root, "config", "remote.origin.partialclonefilter", "tree:0")
    assert GitHistory(root).commits() == Commits(head)


def hostile(root: Path, script: Path, *settings: tuple[str, str]) -> None:
    """Set what would have git start the script, which leaves a mark beside it."""
    script.write_text(f"#!/bin/sh\ntouch {script}.ran\nexit 1\n")
    script.chmod(stat.S_IRWXU)
    for name, value in settings:
        git(root, "config", name, value.replace("SCRIPT", str(script)))


def signed(root: Path) -> None:
    """Give the newest commit a signature."""
    kept = git(root, "cat-file", "commit", "HEAD")
    head, _, message = kept.partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=root,
        input=f"{head}\n{signature}\n\n{message}\n".encode(),
        check=True,
        capture_output=True,
    )
    git(root, "update-ref", "HEAD", made.stdout.decode().strip())


def broken(root: Path) -> None:
    """Promise that the folder of the first commit can be had elsewhere, and lose it here."""
    tree = git(root, "rev-parse", "HEAD~1^{tree}")
    (root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    for name, value in (
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "evil"),
        ("remote.evil.promisor", "true"),
    ):
        git(root, "config", name, value)


@pytest.mark.parametrize(
    ("prepare", "settings"),
    [
        (signed, (("log.showSignature", "true"), ("gpg.program", "SCRIPT"))),
        (broken, (("remote.evil.url", "ssh://nowhere/x"), ("core.sshCommand", "SCRIPT"))),
        (broken, (("remote.evil.url", "git://nowhere/x"), ("core.gitProxy", "SCRIPT"))),
        (broken, (("remote.evil.url", "ext::SCRIPT"), ("protocol.ext.allow", "always"))),
        (broken, (("remote.evil.url", "."), ("remote.evil.uploadpack", "SCRIPT"))),
    ],
)
def test_no_setting_of_the_repository_starts_a_program(
    root: Path, tmp_path: Path, prepare: Prepare, settings: tuple[tuple[str, str], ...]
) -> None:
    commit(root, "First", "a.py")
    head = commit(root, "Second", "b.py")
    script = tmp_path / "script"
    prepare(root)
    hostile(root, script, *settings)
    ran = Path(f"{script}.ran")
    assert GitHistory(root).commits().whole == (prepare is signed)
    assert not ran.exists()
    # Bare git is led astray, so the settings are such as could have been.
    command = ["git", "log", "--name-only", head if prepare is broken else "HEAD"]
    subprocess.run(command, cwd=root, capture_output=True, check=False)
    assert ran.exists()


def test_hooks_filters_and_drivers_of_the_repository_do_not_run(root: Path, tmp_path: Path) -> None:
    """Those that reading commits has no use for, and that asking git for the files would run."""
    commit(root, "First", "a.py")
    (root / ".gitattributes").write_text("* diff=evil filter=evil\n")
    commit(root, "Second", "b.py")
    script = tmp_path / "script"
    names = (
        *("core.fsmonitor", "core.alternateRefsCommand", "core.pager", "core.editor"),
        *("diff.external", "diff.evil.command", "diff.evil.textconv"),
        *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process"),
    )
    hostile(root, script, *((name, "SCRIPT") for name in names), ("core.hooksPath", str(tmp_path)))
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        (tmp_path / hook).symlink_to(script)
    assert len(GitHistory(root).commits().commits) == 2
    assert len(WorkingCopy(root).listing().files) == 3
    ran = Path(f"{script}.ran")
    assert not ran.exists()
    # Looking for files as git does it would have been led astray.
    subprocess.run(["git", "status"], cwd=root, capture_output=True, check=False)
    assert ran.exists()
