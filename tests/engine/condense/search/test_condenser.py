"""Every file and the place of every match can be read back; what is asked stands in full."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from counts import all_that_stands as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.search.condenser import CONDENSER
from aicontext.engine.condense.search.reading import read
from aicontext.engine.condense.search.rendering import ranges

_FILE = re.compile(r"(?P<path>[^\s:]+):?(?: (?P<ranges>[\d,-]+))?\Z")
_LINE = re.compile(r"(?P<number>\d+)(?P<sign>[:-])(?P<text>.*)\Z")


def places(shown: str) -> set[tuple[str, int]]:
    """The (path, line) of every match in the condensed form."""
    found: set[tuple[str, int]] = set()
    path = ""
    for row in shown.split("\n"):
        if line := _LINE.match(row):
            if line["sign"] == ":":
                found.add((path, int(line["number"])))
        elif file := _FILE.match(row):
            path = file["path"]
            for span in (file["ranges"] or "").split(","):
                if span:
                    first, _, last = span.partition("-")
                    found |= {(path, n) for n in range(int(first), int(last or first) + 1)}
    return found


def hits(files: int, lines: int) -> list[tuple[str, int, str]]:
    rows = []
    for f in range(files):
        for n in range(lines):
            text = (
                f"    total = price_of(order, {n}) + shipping({f})" if n % 9 else "    order.save()"
            )
            rows.append((f"src/shop/part_{f}.py", 3 + n * (1 + f % 3), text))
    rows[lines // 2] = (*rows[lines // 2][:2], "def price_of(order: Order, line: int) -> Money:")
    return rows


MANY = hits(12, 40)
PREFIXED = "".join(f"{path}:{number}:{text}\n" for path, number, text in MANY)
COLUMNS = "".join(f"{path}:{number}:5:{text}\n" for path, number, text in MANY)


def headed(rows: list[tuple[str, int, str]]) -> str:
    text, before = "", ""
    for path, number, line in rows:
        text += "" if path == before else f"{chr(10) if before else ''}{path}\n"
        text += f"{number}:{line}\n"
        before = path
    return text


REVISION = "".join(f"main~2:{path}:{number}:{text}\n" for path, number, text in MANY)


def test_a_git_revision_is_part_of_the_path() -> None:
    found = read(REVISION.split("\n"))
    assert found is not None
    assert [(hit.path, hit.number, hit.text) for hit in found.hits] == [
        (f"main~2:{path}", number, text) for path, number, text in MANY
    ]


@pytest.mark.parametrize(
    "text", [PREFIXED, COLUMNS, headed(MANY)], ids=["prefixed", "columns", "headed"]
)
@pytest.mark.parametrize("query", ["Where is price_of defined?", ""])
def test_every_place_is_kept_and_the_definition_stands_in_full(text: str, query: str) -> None:
    found = CONDENSER.condense(text, Ask(query=query), count)
    assert found is not None
    assert found.level is Level.CONDENSED
    assert places(found.text) == {(path, number) for path, number, _ in MANY}
    assert "def price_of(order: Order, line: int) -> Money:" in found.text
    assert count(found.text) < 0.4 * count(text)


def test_context_stays_with_its_match() -> None:
    text = (
        "src/shop/a.py-11-\nsrc/shop/a.py:12:def price_of(order):\n"
        "/home/ada/src/shop/a.py-13-    return order.total\n--\n"
        "src/shop/b.py-4-import a\nsrc/shop/b.py:5:a.price_of(order)\nsrc/shop/b.py-6-\n"
    )
    found = CONDENSER.condense(text, Ask(), count)
    assert found is not None
    assert found.text.split("\n") == [
        "src/shop/a.py",
        "11-",
        "12:def price_of(order):",
        "13-    return order.total",
        "src/shop/b.py",
        "4-import a",
        "5:a.price_of(order)",
        "6-",
    ]


def test_matches_without_numbers_are_counted() -> None:
    text = "".join(
        f"src/shop/part_{i // 200}.py:    item_{i}.price = {i} * rate\n" for i in range(800)
    )
    found = CONDENSER.condense(text, Ask(query="item_7.price"), count)
    assert found is not None
    assert "item_7.price = 7 * rate" in found.text
    for f in range(4):
        assert re.search(rf"^src/shop/part_{f}\.py: \d+ (?:more|matches)$", found.text, re.M)


def test_context_that_goes_is_counted() -> None:
    text = "".join(
        f"src/a.py-{n}-before the call\nsrc/a.py:{n + 1}:    call({n})\n" for n in range(1, 900, 2)
    )
    found = CONDENSER.condense(text, Ask(query="call(77)"), count)
    assert found is not None
    marks = re.findall(
        r"\[… (\d+) (matches: shown by number|lines: around those matches)\]", found.text
    )
    assert [noun.split(":")[0] for _, noun in marks] == ["matches", "lines"]
    shown = found.text.count("before the call")
    assert int(marks[1][0]) + shown == 450


def test_warnings_of_the_tool_stay() -> None:
    text = PREFIXED + "rg: private/: Permission denied (os error 13)\n"
    found = CONDENSER.condense(text, Ask(), count)
    assert found is not None
    assert "rg: private/: Permission denied (os error 13)" in found.text


def test_a_log_is_not_a_search() -> None:
    log = "".join(f"2026-03-01T10:{i % 60:02}:{i % 60:02}: step {i}\n" for i in range(200))
    assert CONDENSER.condense(log, Ask(), count) is None
    assert read(["12:00:01 up", "11:59:59 down", "12:00:03 up", "11:00:04 down"]) is None


def test_a_match_cannot_pose_as_our_mark() -> None:
    posing = "src/shop/part_0.py:900:[… 7 matches: shown by number]\n"
    found = CONDENSER.condense(PREFIXED + posing, Ask(), count)
    assert found is not None
    assert not found.text.startswith("[… ")


@pytest.mark.parametrize("budget", [3, 30, 120, 600])
def test_excerpts_are_whole_lines_within_the_budget(budget: int) -> None:
    found = CONDENSER.excerpt(PREFIXED, Ask(query="Where is price_of defined?"), budget, count)
    if found is None:
        assert budget < 60
        return
    assert count(found.text) <= budget
    assert "def price_of(" in found.text or budget < 60
    source = set(PREFIXED.split("\n"))
    assert all(line in source or line.startswith("[…") for line in found.text.split("\n"))


@given(st.sets(st.integers(1, 300)))
def test_ranges_can_be_read_back(numbers: set[int]) -> None:
    spans = [span.split("-") for span in ranges(numbers).split(",") if span]
    assert {n for span in spans for n in range(int(span[0]), int(span[-1]) + 1)} == numbers
    assert all(int(a[-1]) + 1 < int(b[0]) for a, b in pairwise(spans))


_ROW = st.builds(
    lambda path, number, sign, text: f"{path}{sign}{number}{sign}{text}",
    st.sampled_from(["a.py", "src/b.py", "C:\\x\\c.cs", "d e.txt", "f-1-g.py"]),
    st.integers(0, 99),
    st.sampled_from(":-"),
    st.text(max_size=20),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(_ROW, st.text(max_size=30)), max_size=30), st.text(max_size=20))
def test_any_text_comes_to_no_harm(rows: list[str], query: str) -> None:
    text = "\n".join(rows)
    ask = Ask(query=query)
    found = CONDENSER.condense(text, ask, count)
    assert found == CONDENSER.condense(text, ask, count)
    assert found is None or count(found.text) < count(text)
    part = CONDENSER.excerpt(text, ask, 40, count)
    assert part is None or count(part.text) <= 40
