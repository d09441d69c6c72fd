import pytest

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.services.context import retrieval

TEXT = "one\ntwo\nthree\nfour"
DATA = '{"items": [{"name": "a b", "n": 1.0}, {"deep": {"x.y": [1, [2]]}}], "none": null}'


@pytest.mark.parametrize(
    ("wanted", "lines"), [("1", "one"), ("2-3", "two\nthree"), ("4-9", "four"), (" 1-1 ", "one")]
)
def test_lines(wanted: str, lines: str) -> None:
    assert retrieval.lines(TEXT, wanted) == lines


@pytest.mark.parametrize("wanted", ["", "0", "3-2", "a", "1-", "-1", "1,2", "9" * 30])
def test_what_is_no_range_is_refused(wanted: str) -> None:
    with pytest.raises(InvalidInput):
        retrieval.lines(TEXT, wanted)


def test_lines_past_the_end() -> None:
    with pytest.raises(NotFound, match="4 lines"):
        retrieval.lines(TEXT, "5")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.items[0].name", "a b"),
        ("items[0].n".join(["$.", ""]), "1.0"),
        ('$.items[1].deep["x.y"][1]', "[2]"),
        ("$.none", "null"),
        ("$", DATA),
    ],
)
def test_json_paths(path: str, value: str) -> None:
    assert retrieval.json_path(DATA, path) == value


@pytest.mark.parametrize("path", ["$.items[7]", "$.absent", "$.items.name", "$.none.x", "$[0]"])
def test_paths_to_nothing(path: str) -> None:
    with pytest.raises(NotFound):
        retrieval.json_path(DATA, path)


@pytest.mark.parametrize("path", ["$items", "$..", "$[", "$[-1]", "__class__()"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidInput):
        retrieval.json_path(DATA, path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        retrieval.json_path(text, "$.a")


def test_a_query_finds_lines_with_numbers_and_neighbours() -> None:
    text = "\n".join(f"line {i}" for i in range(50)) + "\nthe spool is full\nlast"
    assert "51: the spool is full" in retrieval.query(text, "spool full").splitlines()
    assert "50: line 49" in retrieval.query(text, "spool full").splitlines()
    with pytest.raises(NotFound):
        retrieval.query(text, "absent")
