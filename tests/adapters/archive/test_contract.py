"""One suite over every archive."""

import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.archive.shared import SharedArchive
from aicontext.adapters.archive.sqlite import SqliteArchive
from aicontext.adapters.blobs.folder import FolderObjects
from aicontext.adapters.blobs.sealed import SealedBlobs
from aicontext.adapters.keys.ring import KeyRing
from aicontext.domain.context import digest, handle
from aicontext.domain.errors import InvalidInput, NotFound, Unavailable
from aicontext.kit.clock import CLOCK
from aicontext.kit.ids import time_ordered
from aicontext.kit.loops import LoopThread
from aicontext.ports.stores.archive import Archive

Make = Callable[[int], Archive]


USER = "a" * 32


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    loop = LoopThread("archive")
    yield loop
    loop.close()


def shared(folder: Path, loop: LoopThread, near: Archive, user: str = USER) -> SharedArchive:
    blobs = SealedBlobs(
        FolderObjects(folder / "contents"),
        KeyRing(folder / "keys.json"),
        folder / "spool",
        clock=CLOCK,
        new_id=time_ordered,
    )
    return SharedArchive(near, blobs, user, loop)


@pytest.fixture(params=["memory", "sqlite", "shared"])
def make(request: pytest.FixtureRequest, tmp_path: Path, loop: LoopThread) -> Make:
    if request.param == "memory":
        return MemoryArchive
    if request.param == "shared":
        return lambda limit: shared(tmp_path, loop, MemoryArchive(limit))
    return lambda limit: SqliteArchive(tmp_path / "home" / "archive.db", limit)


@pytest.mark.parametrize(
    "text", ["", "plain", "two\r\nlines\0", "lone \ud800 surrogate", "é" * 9999]
)
def test_what_was_put_comes_back(make: Make, text: str) -> None:
    archive = make(2**20)
    (handle,) = archive.put(text)
    assert len(handle) == 12
    assert archive.get(handle) == text
    assert archive.get(handle.upper()[:8]) == text


def test_the_same_text_is_kept_once(make: Make) -> None:
    archive = make(2**20)
    assert archive.put("same", "other") == archive.put("same", "other")
    assert archive.size()[0] == 2


def test_what_is_held_is_told(make: Make) -> None:
    archive = make(2**20)
    (handle,) = archive.put("kept")
    assert archive.held("kept", "other") == {handle}
    assert archive.held() == frozenset()


def test_what_is_a_plain_file_too_is_told(make: Make) -> None:
    archive = make(2**20)
    archive.put("kept")
    assert archive.held("kept", exposed=True) == frozenset()
    where = archive.expose("seen")
    assert archive.held("seen", "kept", "other", exposed=True) == {handle("seen")}
    Path(where + handle("seen")).unlink()
    assert archive.held("seen", exposed=True) == frozenset()
    assert archive.held("seen") == {handle("seen")}


def test_where_originals_are_exposed_is_told_without_a_disk(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    archive = SqliteArchive(tmp_path / "home" / "archive.db", 2**20)
    assert archive.expose() == str(tmp_path / "home" / "originals") + "/"
    with pytest.raises(Unavailable):
        archive.expose("text")


@pytest.mark.parametrize("text", ["plain\r\n", "é\0", "lone \ud800 surrogate"])
def test_what_is_exposed_is_a_plain_file(make: Make, text: str) -> None:
    archive = make(2**20)
    where = archive.expose(text, "other")
    assert archive.expose(text) == where
    file = Path(where + handle(text))
    assert file.read_bytes() == text.encode("utf-8", "surrogatepass")
    assert archive.get(handle(text)) == text
    archive.clear()
    assert not file.exists()


def test_a_plain_file_goes_with_its_original(make: Make) -> None:
    archive = make(2**20)
    file = Path(archive.expose("old") + handle("old"))
    for n in range(40):
        noise = "".join(digest(f"{n} {i}") for i in range(2_000))
        archive.put(noise)
    assert not file.exists()
    if not isinstance(archive, SharedArchive):
        with pytest.raises(NotFound):
            archive.get(handle("old"))


def test_unknown_and_malformed_handles_are_told_apart(make: Make) -> None:
    archive = make(2**20)
    with pytest.raises(NotFound):
        archive.get("0123456789ab")
    for malformed in ("", "xyz", "1234567", "../../etc/passwd", "%" * 12, "a" * 65):
        with pytest.raises(InvalidInput):
            archive.get(malformed)


def test_the_least_recently_used_go_first(make: Make) -> None:
    archive = make(2**20)
    texts = [
        str(i) + "".join(chr(33 + (i * j * j) % 9973) for j in range(40_000)) for i in range(80)
    ]
    (first,) = archive.put(texts[0])
    (second,) = archive.put(texts[1])
    for text in texts[2:]:
        archive.put(text)
        assert archive.get(first) == texts[0]
    assert archive.size()[1] <= 2**20
    if isinstance(archive, SharedArchive):  # The store behind it forgets nothing.
        assert archive.get(second) == texts[1]
    else:
        with pytest.raises(NotFound):
            archive.get(second)


def test_clear_forgets(make: Make) -> None:
    archive = make(2**20)
    (handle,) = archive.put("gone")
    archive.clear()
    assert archive.size() == (0, 0)
    with pytest.raises(NotFound):
        archive.get(handle)


KILLED = """
import os, signal, sys
from pathlib import Path
from aicontext.adapters.archive.sqlite import SqliteArchive
archive = SqliteArchive(Path(sys.argv[1]), 2**30)
for i in range(1000):
    print(*archive.put(f"text {i}"), flush=True)
    if i == 40:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    run = subprocess.run([sys.executable, "-c", KILLED, str(path)], capture_output=True, text=True)
    handles = run.stdout.split()
    assert len(handles) == 41
    archive = SqliteArchive(path, 2**30)
    assert [archive.get(handle) for handle in handles] == [f"text {i}" for i in range(41)]


def test_two_processes_write_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    code = (
        "import sys; from pathlib import Path\n"
        "from aicontext.adapters.archive.sqlite import SqliteArchive\n"
        "archive = SqliteArchive(Path(sys.argv[1]), 2**30)\n"
        "for i in range(100): archive.put(sys.argv[2] + str(i))\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "ab"]
    assert [run.wait() for run in runs] == [0, 0]
    assert SqliteArchive(path, 2**30).size()[0] == 200


def test_a_folder_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with pytest.raises(Unavailable, match="AICONTEXT_HOME"):
        SqliteArchive(blocked / "archive.db", 2**20).put("text")


def test_what_cannot_be_a_plain_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "originals").write_text("no folder")
    archive = SqliteArchive(tmp_path / "archive.db", 2**20)
    with pytest.raises(Unavailable, match="Originals cannot be written"):
        archive.expose("text")


def test_a_damaged_file_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(Unavailable):
        SqliteArchive(path, 2**20).put("text")


@pytest.mark.parametrize("body", [bytes(50), zlib.compress(b"\xff"), zlib.compress(b"other"), 7])
def test_a_damaged_text_is_a_clear_error(tmp_path: Path, body: object) -> None:
    path = tmp_path / "archive.db"
    archive = SqliteArchive(path, 2**20)
    (handle,) = archive.put("text")
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("UPDATE originals SET body = ?", (body,))
    base.close()
    with pytest.raises(Unavailable, match="damaged"):
        archive.get(handle)


def test_other_processes_find_what_is_shared_and_other_users_do_not(
    tmp_path: Path, loop: LoopThread
) -> None:
    texts = ("one", "two \ud800", "three" * 99_999)
    handles = shared(tmp_path, loop, MemoryArchive()).put(*texts, "one")
    elsewhere = shared(tmp_path, loop, MemoryArchive())
    assert elsewhere.held(*texts, "four") == set(handles)
    assert [elsewhere.get(one) for one in handles] == [*texts, "one"]
    elsewhere.expose("a file too")
    assert shared(tmp_path, loop, MemoryArchive()).held("a file too")
    stranger = shared(tmp_path, loop, MemoryArchive(), "b" * 32)
    assert not stranger.held(*texts)
    with pytest.raises(NotFound):
        stranger.get(handles[0])
