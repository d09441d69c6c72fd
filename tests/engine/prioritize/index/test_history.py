"""What commits say of files."""

from __future__ import annotations

from aicontext.domain.repository.trees import Commit, Commits
from aicontext.engine.prioritize.index.history import BULK, HALF_LIFE, file_history


def _commits(*found: Commit) -> Commits:
    return Commits("head", found)


def test_a_file_is_found_by_the_messages_of_its_commits() -> None:
    found = file_history(
        _commits(
            Commit("b", 20, "Round prices up\n\nSigned-off-by: Ann Onym <a@b.c>", ("tax.py",)),
            Commit("a", 10, "Price in euros", ("tax.py", "shop.py")),
        )
    )
    assert found.mark == "head"
    assert found.messages["tax.py"]["pric"] == 2
    assert found.messages["shop.py"] == {"pric": 1, "euro": 1}
    assert "onym" not in found.messages["tax.py"]


def test_recent_and_narrow_changes_weigh_more() -> None:
    found = file_history(
        _commits(
            Commit("c", HALF_LIFE, "New", ("new.py",)),
            Commit("b", HALF_LIFE, "Both", ("one.py", "two.py")),
            Commit("a", 0, "Old", ("old.py",)),
        )
    )
    assert found.churn["new.py"] == 1.0
    assert 0 < found.churn["old.py"] == found.churn["one.py"] < 1


def test_changes_of_everything_say_nothing() -> None:
    paths = tuple(f"{n}.py" for n in range(BULK + 1))
    found = file_history(_commits(Commit("a", 0, "Add a licence", paths), Commit("b", 0, "", ())))
    assert not found.messages
    assert not found.churn
    assert file_history(Commits()) == file_history(Commits())
