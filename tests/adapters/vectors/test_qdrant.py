"""The index beside the file is never believed: it is made anew where it is not what the file is."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aicontext.adapters.vectors.exact import ExactVectors
from aicontext.adapters.vectors.qdrant import QdrantVectors
from aicontext.domain.storage.vectors import Filter, Item, Space

SPACE = Space("a-model", 16)
ALL = Filter(organisation="one")


def item(number: int) -> Item:
    vector = [1.0, *[float(number >> bit & 1) for bit in range(15)]]
    return Item(id=str(number), organisation="one", user="ada", vector=vector)


def answers(path: Path, *, indexed: bool = True) -> list[set[str]]:
    """What searches find, and whether the index had it in the end."""

    async def go() -> list[set[str]]:
        vectors = QdrantVectors(path, SPACE)
        found = []
        for number in (1, 200, 1):
            matches = await vectors.search(item(number).vector, ALL, 1)
            found.append({match.id for match in matches})
        await caught_up(vectors)
        assert vectors._index.owned is indexed
        await vectors.close()
        return found

    return asyncio.run(go())


async def caught_up(vectors: QdrantVectors) -> None:
    for _ in range(1000):
        await vectors.search(item(1).vector, ALL, 1)
        if vectors._following is None or not vectors._following.is_alive():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


def truncate(folder: Path) -> None:
    """The largest file loses its end."""
    files = [path for path in (folder / "shard").rglob("*") if path.is_file()]
    largest = max(files, key=lambda path: path.stat().st_size)
    with largest.open("r+b") as file:
        file.truncate(largest.stat().st_size // 2)


def scramble(folder: Path) -> None:
    """All files begin with something else."""
    for path in (folder / "shard").rglob("*"):
        if path.is_file():
            with path.open("r+b") as file:
                file.write(b"\xa5" * min(4096, path.stat().st_size))


def forget_some(folder: Path) -> None:
    """It says that it has what it never saw."""
    state = json.loads((folder / "place.json").read_bytes())
    shutil.rmtree(folder / "shard")
    less = folder.parent / "less.db"
    asyncio.run(fill(less, 100))
    (folder.parent / "less-index" / "shard").rename(folder / "shard")
    state["files"] = {}
    (folder / "place.json").write_text(json.dumps(state))


def unknown(folder: Path) -> None:
    (folder / "place.json").write_text('{"version": 99}')


def remove_segment(folder: Path) -> None:
    shutil.rmtree(next((folder / "shard" / "segments").iterdir()))


async def fill(path: Path, amount: int) -> None:
    vectors = QdrantVectors(path, SPACE)
    await vectors.put([item(number) for number in range(amount)])
    await vectors.search(item(1).vector, ALL, 1)
    await caught_up(vectors)
    await vectors.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a file whose index is whole. Copies of that would not be sparse, as it is."""
    asyncio.run(fill(tmp_path / "vectors.db", 300))
    return tmp_path / "vectors.db"


@pytest.mark.parametrize("damage", [truncate, scramble, forget_some, unknown, remove_segment])
def test_a_damaged_index_is_made_anew(path: Path, damage: Callable[[Path], None]) -> None:
    damage(path.with_name("vectors-index"))
    assert answers(path) == [{"1"}, {"200"}, {"1"}]
    assert answers(path) == [{"1"}, {"200"}, {"1"}]


def test_an_index_that_lags_behind_or_is_gone_catches_up(path: Path) -> None:

    async def others() -> None:
        vectors = ExactVectors(path, SPACE)
        await vectors.remove("one", ["1"])
        await vectors.put([item(number) for number in range(1000, 6000)])
        await vectors.close()

    asyncio.run(others())
    assert answers(path)[1] == {"200"}
    shutil.rmtree(path.with_name("vectors-index"))
    assert answers(path)[1] == {"200"}


def test_a_second_process_answers_without_the_index(path: Path) -> None:

    async def go() -> None:
        owner = QdrantVectors(path, SPACE)
        await owner.search(item(1).vector, ALL, 1)
        assert await asyncio.to_thread(answers, path, indexed=False) == [{"1"}, {"200"}, {"1"}]
        await owner.close()

    asyncio.run(go())
    assert answers(path) == [{"1"}, {"200"}, {"1"}]


def test_an_index_that_cannot_be_written_is_done_without(path: Path) -> None:
    shutil.rmtree(path.with_name("vectors-index"))
    path.with_name("vectors-index").write_text("a file in its place")
    assert answers(path, indexed=False) == [{"1"}, {"200"}, {"1"}]


def test_segments_are_made_and_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aicontext.adapters.vectors.qdrant_index._UNSORTED", 100)
    monkeypatch.setattr("aicontext.adapters.vectors.qdrant_index._UNSAVED", 50)
    path = tmp_path / "vectors.db"
    for amount in (250, 400):
        asyncio.run(fill(path, amount))
        assert answers(path) == [{"1"}, {"200"}, {"1"}]
