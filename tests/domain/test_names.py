import pytest

from aicontext.domain.repository.names import ends, sendable, written


@pytest.mark.parametrize(
    ("path", "shown", "sent"),
    [
        ("src/a b.py", "src/a b.py", "src/a b.py"),
        ("a\nb.py", "a\\nb.py", "a\nb.py"),
        ("caf\udce9.py", "caf\\udce9.py", "caf\\udce9.py"),
        ("zero\u200dwidth", "zero\\u200dwidth", "zero\u200dwidth"),
    ],
    ids=["plain", "line end", "not UTF-8", "unseen"],
)
def test_both_forms_of_a_name_are_taken_back(path: str, shown: str, sent: str) -> None:
    assert (written(path), sendable(path)) == (shown, sent)
    whole = f"src/{path}"
    assert all(ends(whole, given) for given in (path, shown, sent, f"src/{shown}", whole))
    assert not ends(whole, f"x{shown}")
