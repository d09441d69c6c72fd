"""What only an index on disk can suffer: damage, other versions, kills, other processes."""

import os
import resource
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from aicontext.adapters.index.files import FileIndex
from aicontext.domain.errors import Unavailable
from aicontext.domain.repository.corpus import Field
from aicontext.domain.repository.trees import Text
from aicontext.engine.prioritize.index import container

FILES = {f"pkg/m{n}.py": f"def common_name{n}():\n    return other{n % 3}\n" for n in range(20)}
WRITER = """
import sys
from hashlib import sha256
from pathlib import Path
from aicontext.adapters.index.files import FileIndex
from aicontext.domain.repository.trees import Text
index = FileIndex(Path(sys.argv[1]) / "home", Path(sys.argv[1]) / "repository")
step = int(sys.argv[2])
while True:
    texts = {f"m{n}.py": f"def step{step}_{n}(): ...\\n" for n in range(12)}
    with index.writing() as writer:
        for path in writer.stale({path: (len(text), step, 0) for path, text in texts.items()}):
            writer.put(path, Text(texts[path], sha256(texts[path].encode()).digest()))
    print(step, flush=True)
    step += 2
    if step > int(sys.argv[3]):
        break
"""


@pytest.fixture
def index(tmp_path: Path) -> FileIndex:
    return FileIndex(tmp_path / "home", tmp_path / "repository")


def store(index: FileIndex, files: dict[str, str]) -> tuple[int, str]:
    """(files read, why all of them were)."""
    with index.writing() as writer:
        stale = writer.stale({path: (len(text), hash(text), 0) for path, text in files.items()})
        for path in stale:
            writer.put(path, Text(files[path], sha256(files[path].encode()).digest()))
        return len(stale), writer.reason


def kept(tmp_path: Path) -> list[Path]:
    return [
        path for path in (tmp_path / "home").rglob("*") if path.is_file() and path.stat().st_size
    ]


@pytest.mark.parametrize("damage", ["bit", "short", "empty", "gone", "text"])
@pytest.mark.parametrize("part", ["manifest", "segment"])
def test_damage_is_told_and_mended(tmp_path: Path, part: str, damage: str) -> None:
    store(FileIndex(tmp_path / "home", tmp_path / "repository"), FILES)
    (target,) = [
        path for path in kept(tmp_path) if (path.name == "manifest") == (part == "manifest")
    ]
    content = target.read_bytes()
    target.unlink()
    if damage != "gone":
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        new = {"bit": flipped, "short": content[:middle], "empty": b"", "text": b"x" * 99}
        target.write_bytes(new[damage])
    index = FileIndex(tmp_path / "home", tmp_path / "repository")
    assert index.corpus() is None
    read, reason = store(index, FILES)
    assert read == len(FILES)
    assert bool(reason) == ((part, damage) != ("manifest", "gone"))
    corpus = index.corpus()
    assert corpus
    assert list(corpus.paths) == sorted(FILES)
    assert store(index, FILES) == (0, "")


@pytest.mark.parametrize("into", ["manifest", "segment"])
def test_a_sound_file_in_the_place_of_another_is_told(tmp_path: Path, into: str) -> None:
    for repository in ("repository", "other"):
        store(FileIndex(tmp_path / "home", tmp_path / repository), FILES | {repository: repository})
    mine, others = (next((tmp_path / "home").glob(f"{name}-*")) for name in ("repository", "other"))
    (target,) = (path for path in mine.iterdir() if len(path.name) == 16)
    (foreign,) = (path for path in others.iterdir() if len(path.name) == 16)
    if into == "manifest":
        target = mine / "manifest"
    foreign.replace(target)

    index = FileIndex(tmp_path / "home", tmp_path / "repository")

    assert index.corpus() is None
    assert store(index, FILES) == (
        len(FILES),
        "The index was made anew: one of its files stands in for another.",
    )


def test_another_version_is_told_and_replaced(
    tmp_path: Path, index: FileIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(index, FILES)
    monkeypatch.setattr(container, "EDITION", container.EDITION + 1)
    index = FileIndex(tmp_path / "home", tmp_path / "repository")
    assert "another version" in store(index, FILES)[1]
    assert index.corpus()


def test_what_is_not_needed_is_removed(tmp_path: Path, index: FileIndex) -> None:
    for step in range(30):
        store(index, {**FILES, "new.py": f"step{step}"})
    corpus = index.corpus()
    assert corpus
    assert corpus.postings(Field.BODY, "step29")
    assert not corpus.postings(Field.BODY, "step28")
    assert len(kept(tmp_path)) <= 6


def test_several_repositories_stand_side_by_side(tmp_path: Path) -> None:
    indexes = [FileIndex(tmp_path / "home", tmp_path / name) for name in ("one", "two")]
    for number, index in enumerate(indexes):
        store(index, {f"f{number}.py": "text"})
    assert [list(found.paths) for index in indexes if (found := index.corpus())] == [
        ["f0.py"],
        ["f1.py"],
    ]


def test_a_reader_keeps_what_it_opened(index: FileIndex, tmp_path: Path) -> None:
    store(index, FILES)
    before = FileIndex(tmp_path / "home", tmp_path / "repository").corpus()
    for step in range(10):
        store(index, {"only.py": f"step{step}"})
    assert before
    assert list(before.paths) == sorted(FILES)
    assert before.named("common_name7")
    assert len(before.postings(Field.BODY, "return")) == len(FILES)


def test_an_index_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder")
    with pytest.raises(Unavailable, match="cannot be written: Not a directory") as refused:
        store(FileIndex(tmp_path / "home", tmp_path), FILES)
    assert "Errno" not in str(refused.value)


def test_an_index_that_cannot_be_locked_says_so(tmp_path: Path, index: FileIndex) -> None:
    store(index, FILES)
    lock = kept(tmp_path)[0].with_name("lock")
    lock.unlink()
    lock.mkdir()
    with pytest.raises(Unavailable, match="cannot be written"):
        store(index, FILES)


def test_an_index_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    index = FileIndex(tmp_path / "home", tmp_path)
    store(index, FILES)
    (manifest,) = (tmp_path / "home").glob("*/manifest")
    manifest.unlink()
    manifest.mkdir()
    with pytest.raises(Unavailable, match="cannot be read: Is a directory") as refused:
        FileIndex(tmp_path / "home", tmp_path).corpus()
    assert "Errno" not in str(refused.value)


def test_a_full_disk_leaves_what_was_there_and_nothing_else(
    index: FileIndex, tmp_path: Path
) -> None:
    store(index, FILES)
    before = kept(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limits[1]))
    try:
        with pytest.raises(Unavailable, match="cannot be written"):
            store(index, {**FILES, "new.py": "def fresh(): ...\n"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert kept(tmp_path) == before
    assert index.corpus()


def test_what_a_writer_left_is_removed_before_more_is_written(
    tmp_path: Path, index: FileIndex
) -> None:
    store(index, FILES)
    before = kept(tmp_path)
    left = before[0].with_name("0123456789abcdef")
    left.write_bytes(b"of a writer that was killed, or had no room")
    with index.writing() as writer:
        writer.stale({"new.py": (1, 1, 1)})
        writer.put("new.py", Text("x", b"x"))
        assert kept(tmp_path) == before


def assert_whole(index: FileIndex) -> int:
    """All files are of one step, which is returned; -1 where nothing is published."""
    if (corpus := index.corpus()) is None:
        return -1
    names = [corpus.definitions(file)[0].name for file in range(len(corpus.paths))]
    steps = {int(name.removeprefix("step").partition("_")[0]) for name in names}
    assert len(corpus.paths) == 12
    assert len(steps) == 1
    return steps.pop()


def start(folder: Path, first: int, last: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_killed_writer_leaves_a_whole_index(tmp_path: Path) -> None:
    index = FileIndex(tmp_path / "home", tmp_path / "repository")
    said = -1
    for kill in range(8):
        with start(tmp_path, 100 * kill, 10**9) as process:
            assert process.stdout
            for _ in range(kill + 1):
                said = int(process.stdout.readline())
            os.kill(process.pid, signal.SIGKILL)
            said = max([said, *map(int, process.stdout.read().split())])
        assert assert_whole(index) >= said
    store(index, FILES)
    assert len(kept(tmp_path)) == 2


def test_two_processes_and_a_reader_see_whole_indexes(tmp_path: Path) -> None:
    index = FileIndex(tmp_path / "home", tmp_path / "repository")
    with start(tmp_path, 0, 60) as one, start(tmp_path, 1, 61) as other:
        while one.poll() is None or other.poll() is None:
            assert_whole(index)
    assert one.returncode == other.returncode == 0
    assert assert_whole(index) in (60, 61)
