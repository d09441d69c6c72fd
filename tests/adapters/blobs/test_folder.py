import asyncio
import os
from pathlib import Path

import pytest

from aicontext.adapters.blobs.folder import FolderObjects
from aicontext.domain.errors import Unavailable

SHM = Path("/dev/shm")


@pytest.mark.skipif(
    not SHM.is_dir() or SHM.stat().st_dev == Path("/tmp").stat().st_dev, reason="one disk only"
)
def test_the_folder_may_lie_on_another_disk(tmp_path: Path) -> None:
    root = SHM / f"aicontext-{os.getpid()}"
    file = tmp_path / "file"
    file.write_bytes(b"content")
    objects = FolderObjects(root)
    try:
        asyncio.run(objects.put("a/b", file))
        assert asyncio.run(objects.read("a/b", 0, 100)) == b"content"
    finally:
        (root / "a" / "b").unlink()
        (root / "a").rmdir()
        root.rmdir()


def test_what_was_cut_off_is_no_object(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".b.1234").write_bytes(b"half")

    async def names() -> list[str]:
        return [name async for name in FolderObjects(tmp_path).names("a/")]

    assert asyncio.run(names()) == []


def test_a_folder_that_cannot_be_looked_into_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")

    async def names(prefix: str) -> list[str]:
        return [name async for name in FolderObjects(tmp_path).names(prefix)]

    assert asyncio.run(names("none/")) == []
    with pytest.raises(Unavailable, match="Not a directory"):
        asyncio.run(names("a/"))


@pytest.mark.parametrize("folder", ["/proc/none", "/dev/null"])
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, folder: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    with pytest.raises(Unavailable, match="cannot be used"):
        asyncio.run(FolderObjects(Path(folder)).put("a", file))
