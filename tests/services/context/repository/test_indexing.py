"""What is said of a tree that is asked about again and again, by one process."""

from pathlib import Path

from aicontext.adapters.index.files import FileIndex
from aicontext.adapters.trees.history import GitHistory
from aicontext.adapters.trees.working_copy import WorkingCopy
from aicontext.domain.repository.indexed import Indexed
from aicontext.domain.repository.trees import Skip
from aicontext.services.context.repository.indexing import Indexing


def test_a_quiet_tree_is_told_of_as_before(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.py").write_text("def a(): ...\n")
    (root / "logo.png").write_bytes(b"\x89PNG\0")
    (root / ".env").write_text("KEY=1\n")
    index = FileIndex(tmp_path / "home", root)
    indexing = Indexing(WorkingCopy(root), GitHistory(root), index)

    def said() -> Indexed:
        return indexing.bring_up_to_date()._replace(read=0)

    first = said()
    assert first.files == 1
    assert first.skipped == {Skip.BINARY: ("logo.png",), Skip.SECRET: (".env",)}
    assert [said() for _ in range(3)] == [first] * 3
    (root / "more.bin").write_bytes(b"\0\1\2")
    assert said().skipped[Skip.BINARY] == ("logo.png", "more.bin")
    (root / "more.bin").unlink()
    assert [said() for _ in range(3)] == [first] * 3
