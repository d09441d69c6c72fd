"""Folders as they are found in the world."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from aicontext.adapters.trees.mounts import mounted
from aicontext.adapters.trees.walk import LARGEST, GitDefaults
from aicontext.adapters.trees.working_copy import WorkingCopy, repository
from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.repository.trees import Skip, Text

GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "protocol.file.allow=always")


def git(folder: Path, *words: str) -> None:
    subprocess.run([*GIT, *words], cwd=folder, check=True, capture_output=True)


def put(root: Path, path: str, content: str | bytes = "text\n") -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)
    return target


def files(root: Path, defaults: GitDefaults | None = None) -> list[str]:
    return list(WorkingCopy(root, defaults).listing().files)


def skipped(root: Path) -> dict[str, Skip]:
    return dict(WorkingCopy(root).listing().skipped)


def test_without_git_the_rules_of_the_folder_hold(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", "*.log\nbuilt/\n")
    put(tmp_path, "built/out.py")
    put(tmp_path, "a.log")
    put(tmp_path, ".github/workflows/ci.yml")
    put(tmp_path, "src/a.py")
    assert files(tmp_path) == [".github/workflows/ci.yml", ".gitignore", "src/a.py"]


def test_our_own_rules_have_the_last_word(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    put(tmp_path, "data/big.json")
    put(tmp_path, "made/api.py")
    put(tmp_path, "made/other.py")
    git(tmp_path, "add", ".")
    put(tmp_path, ".gitignore", "made/\n")
    put(tmp_path, ".aicontextignore", "data/\n/made/other.py\n")
    assert files(tmp_path) == [".aicontextignore", ".gitignore", "made/api.py"]
    git(tmp_path, "rm", "-rq", "--cached", "made")
    assert files(tmp_path) == [".aicontextignore", ".gitignore"]
    put(tmp_path, ".aicontextignore", "!made/\n")
    assert "made/other.py" in files(tmp_path)


@pytest.mark.parametrize("version", [2, 3, 4])
def test_what_git_tracks_is_not_ignored(tmp_path: Path, version: int) -> None:
    git(tmp_path, "init", "-q")
    for name in ("dist/kept.js", "dist/deep/kept.py", "kept.log", "other.txt"):
        put(tmp_path, name)
    git(tmp_path, "add", ".")
    put(tmp_path, "later.txt")
    git(tmp_path, "add", "-N", "later.txt")
    git(tmp_path, "update-index", "--index-version", str(version))
    put(tmp_path, ".gitignore", "dist\n*.log\nlater.txt\n")
    put(tmp_path, "dist/not.js")
    put(tmp_path, "not.log")
    wanted = [".gitignore", "dist/deep/kept.py", "dist/kept.js", "kept.log", "later.txt"]
    assert files(tmp_path) == [*wanted, "other.txt"]


def test_a_damaged_git_index_tracks_what_can_be_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    put(tmp_path, "kept.log")
    git(tmp_path, "add", ".")
    put(tmp_path, ".gitignore", "*.log\n")
    whole = (tmp_path / ".git/index").read_bytes()
    for cut in (0, 3, 11, 20, 70, len(whole) // 2):
        (tmp_path / ".git/index").write_bytes(whole[:cut])
        assert ".gitignore" in files(tmp_path)


def test_the_users_own_excludes_hold(tmp_path: Path) -> None:
    home = tmp_path / "home"
    put(home, "ignored", "*.one\n")
    put(home, "git/ignore", "*.two\n")
    config = put(home, "config", "[user]\n  name = x\n[core]\n\texcludesFile = ~/ignored # mine\n")
    root = tmp_path / "root"
    for name in ("a.one", "a.two", "a.three"):
        put(root, name)
    default = GitDefaults((), home / "git/ignore", home)
    assert files(root, default) == ["a.one", "a.three"]
    assert files(root, GitDefaults((config,), home / "git/ignore", home)) == ["a.three", "a.two"]


def test_a_linked_worktree_has_the_rules_of_its_repository(tmp_path: Path) -> None:
    main = tmp_path / "main"
    put(main, "a.py")
    put(main, "a.log")
    git(main, "init", "-q")
    git(main, "add", ".")
    git(main, "commit", "-qm", "first")
    git(main, "worktree", "add", "-q", "../other")
    put(main, ".git/info/exclude", "*.log\n*.tmp\n")
    put(tmp_path, "other/b.tmp")
    assert files(tmp_path / "other") == ["a.log", "a.py"]


def test_submodules_are_part_and_other_repositories_are_named(tmp_path: Path) -> None:
    library, root = tmp_path / "library", tmp_path / "root"
    put(library, "lib.py")
    put(library, ".gitignore", "*.o\n*.gen\n")
    git(library, "init", "-q")
    git(library, "add", ".")
    git(library, "commit", "-qm", "first")
    put(root, ".gitignore", "lib.*\n")
    git(root, "init", "-q")
    git(root, "submodule", "add", "-q", "../library", "parts/library")
    put(root, "parts/library/made.gen")
    put(root, "clone/file.py")
    git(root / "clone", "init", "-q")
    found = WorkingCopy(root).listing()
    assert "parts/library/lib.py" in found.files
    assert "parts/library/made.gen" not in found.files
    assert found.skipped == {"clone/": Skip.REPOSITORY}


def test_links_are_named_and_loops_do_no_harm(tmp_path: Path) -> None:
    outside = put(tmp_path, "outside/secret.txt")
    root = tmp_path / "root"
    put(root, "a/file.py")
    (root / "a/up").symlink_to("..")
    (root / "a/self").symlink_to("self")
    (root / "away").symlink_to(outside)
    (root / "gone").symlink_to("nowhere")
    assert files(root) == ["a/file.py"]
    assert set(skipped(root)) == {"a/up", "a/self", "away", "gone"}
    assert WorkingCopy(root).read("away") is Skip.LINK


def test_what_is_no_plain_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "socket"))
        assert skipped(tmp_path) == {"pipe": Skip.SPECIAL, "socket": Skip.SPECIAL}
        assert WorkingCopy(tmp_path).read("pipe") is Skip.SPECIAL
        assert WorkingCopy(tmp_path).read("socket") is Skip.SPECIAL
        assert WorkingCopy(Path("/")).read("dev/null") is Skip.SPECIAL


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="only Linux tells of mounts")
def test_what_the_kernel_makes_up_is_no_file() -> None:
    assert mounted("/")["proc/"] == mounted("/proc/self")[""] == "proc"
    assert skipped(Path("/proc/self")) == {"": Skip.PSEUDO}
    with pytest.raises(InvalidInput, match=r"/proc/self lies on a pseudo file system \(proc\)"):
        repository(Path("/proc/self"), GitDefaults())


def test_a_huge_file_costs_nothing(tmp_path: Path) -> None:
    with (tmp_path / "huge.py").open("wb") as file:
        file.truncate(2 * 2**30)
    assert skipped(tmp_path) == {"huge.py": Skip.LARGE}
    assert WorkingCopy(tmp_path).read("huge.py") is Skip.LARGE
    put(tmp_path, "fits.py", "x = 1\n" * (LARGEST // 6))
    assert isinstance(WorkingCopy(tmp_path).read("fits.py"), Text)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path, "closed/file").parent.chmod(0)
    put(tmp_path, "file").chmod(0)
    try:
        assert skipped(tmp_path) == {"closed/": Skip.DENIED}
        assert WorkingCopy(tmp_path).read("file") is Skip.DENIED
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_200_levels_and_paths_longer_than_the_system_takes(tmp_path: Path) -> None:
    put(tmp_path, "d/" * 200 + "deep.py")
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("n" * 250, dir_fd=folder)
        inner = os.open("n" * 250, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    assert files(tmp_path) == ["d/" * 200 + "deep.py"]
    assert list(skipped(tmp_path).values()) == [Skip.UNREADABLE]


@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 there")
def test_names_may_be_anything(tmp_path: Path) -> None:
    names = [b"two\nlines.py", b"not\xffutf8.py", "é ü.py".encode(), b" ", b"-rf"]
    for name in names:
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_text("text\n")
    tree = WorkingCopy(tmp_path)
    assert {os.fsencode(path) for path in tree.listing().files} == set(names)
    assert all(isinstance(tree.read(path), Text) for path in tree.listing().files)


def test_what_other_tools_put_there_is_not_entered(tmp_path: Path) -> None:
    put(tmp_path, "node_modules/x/index.js")
    put(tmp_path, "environment/pyvenv.cfg")
    put(tmp_path, "target/CACHEDIR.TAG")
    put(tmp_path, "target/out.rs")
    put(tmp_path, "vendor/own.py")
    assert files(tmp_path) == ["vendor/own.py"]
    assert set(skipped(tmp_path).values()) == {Skip.VENDORED}


def test_attributes_tell_of_generated_and_vendored_files(tmp_path: Path) -> None:
    put(tmp_path, ".gitattributes", "gen/** linguist-generated\nown/lib/* linguist-vendored\n")
    put(tmp_path, "own/.gitattributes", "keep.js -linguist-vendored\n")
    for name in ("gen/deep/a.py", "own/lib/jquery.js", "own/lib/keep.js"):
        put(tmp_path, name)
    assert skipped(tmp_path) == {
        "gen/deep/a.py": Skip.GENERATED,
        "own/lib/jquery.js": Skip.VENDORED,
    }


def test_a_stamp_changes_with_the_file_and_is_unsure_of_fresh_ones(tmp_path: Path) -> None:
    target = put(tmp_path, "a.py", "one\n")
    soon = time.time_ns() + 10**12  # Else it may not be fresh any more when it is looked at.
    os.utime(target, ns=(soon, soon))
    tree = WorkingCopy(tmp_path)
    assert tree.listing().files != tree.listing().files
    old = time.time_ns() - 10**12
    os.utime(target, ns=(old, old))
    time.sleep(0.06)
    before = tree.listing().files
    assert before == tree.listing().files
    target.write_text("two\n")
    os.utime(target, ns=(old, old))
    time.sleep(0.06)
    assert tree.listing().files != before


def test_a_file_that_never_holds_still_is_left_out(tmp_path: Path) -> None:
    target = put(tmp_path, "log.txt", "x" * 1000 + "\n")
    tree, stop = WorkingCopy(tmp_path), threading.Event()

    def write() -> None:
        with target.open("a") as file:
            while not stop.is_set():
                file.write("line\n")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [tree.read("log.txt") for _ in range(50)]
    finally:
        stop.set()
        writer.join()
    assert all(one is Skip.CHANGING or isinstance(one, Text) for one in found)
    whole = [one.text for one in found if isinstance(one, Text)]
    assert all(text.startswith("x") and text.endswith("\n") for text in whole)
    target.unlink()
    assert tree.read("log.txt") is Skip.CHANGING


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        WorkingCopy(tmp_path / "nowhere").listing()
    with pytest.raises(NotFound):
        repository(tmp_path / "nowhere", GitDefaults())


def test_the_repository_around_a_path_is_found(tmp_path: Path) -> None:
    put(tmp_path, "plain/sub/a.py")
    root = tmp_path / "root"
    put(root, "sub/a.py")
    put(root, ".gitignore", "*.log\n")
    put(root, "sub/.gitignore", "built/\n")
    put(root, "sub/built/pkg/a.py")
    git(root, "init", "-q")
    none = GitDefaults()
    assert repository(root, none) == (root, "")
    assert repository(root / "sub", none) == (root, "sub/")
    assert repository(root / "sub/a.py", none) == (root, "sub/a.py")
    assert repository(root / "sub/built/pkg", none) == (root / "sub/built/pkg", "")
    assert repository(tmp_path / "plain/sub", none) == (tmp_path / "plain/sub", "")
    assert repository(tmp_path / "plain/sub/a.py", none) == (tmp_path / "plain/sub", "a.py")
    with pytest.raises(InvalidInput):
        repository(root / ".git", none)


def test_our_own_data_is_no_part_of_a_repository(tmp_path: Path) -> None:
    put(tmp_path, "home/repositories/index")
    put(tmp_path, "a.py")
    found = WorkingCopy(tmp_path, apart=tmp_path / "home").listing()
    assert (list(found.files), dict(found.skipped)) == (["a.py"], {})


def test_what_the_user_may_not_read_is_named(tmp_path: Path) -> None:
    """As a user whom permissions hold: to root every file is open."""
    for path in ("open.py", "closed.py", "locked/inner.py"):
        put(tmp_path, path)
    (tmp_path / "closed.py").chmod(0)
    (tmp_path / "locked").chmod(0)
    program = f"""
import os, sys
from pathlib import Path
from aicontext.adapters.trees.working_copy import WorkingCopy
os.chdir({str(tmp_path)!r})
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
tree = WorkingCopy(Path("."))
listing = tree.listing()
print(*listing.files, *listing.skipped.items(), tree.read("closed.py"), sep="|")
"""
    tmp_path.chmod(0o755)
    try:
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
    finally:
        (tmp_path / "locked").chmod(0o755)
    assert done.stderr == ""
    denied = ("locked/", Skip.DENIED)
    assert done.stdout == f"closed.py|open.py|{denied}|permission denied\n"


@pytest.mark.parametrize("mode", [0o000, 0o100, 0o400], ids=["nothing", "enter", "list"])
@pytest.mark.parametrize("below", ["", "inner.py"], ids=["folder", "file"])
def test_a_path_that_the_user_may_not_read_is_told(mode: int, below: str) -> None:
    """As a user whom permissions hold: to root every file is open."""
    with TemporaryDirectory() as opened:
        Path(opened).chmod(0o755)
        locked = str(put(Path(opened), "locked/inner.py").parent)
        Path(locked).chmod(mode)
        program = f"""
import os
from pathlib import Path
from aicontext.adapters.trees.walk import GitDefaults
from aicontext.adapters.trees.working_copy import repository
from aicontext.domain.errors import InvalidInput
if os.getuid() == 0:
    os.chown({locked!r}, 65534, 65534)
    os.setgid(65534)
    os.setuid(65534)
try:
    repository(Path({locked!r}, {below!r}), GitDefaults())
except InvalidInput as error:
    print(error)
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        Path(locked).chmod(0o755)
    assert done.stderr == ""
    assert "may not be read" in done.stdout
