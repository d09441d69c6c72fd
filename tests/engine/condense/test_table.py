"""Tables keep every cell, or say how many rows they leave out."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.table import CONDENSER, rebuilt

# A single blank belongs to the word after it, as in the real vocabularies.
_PIECE = re.compile(r" ?\w{1,4}| ?[^\w\s]{1,2}|\s+")
MARKDOWN = "\n".join(
    ["Stock today:", "", "| part  | shelf | left |", "|:------|:-----:|-----:|"]
    + [f"| bolt-{n} | north | {n * 3} |" for n in range(20)]
    + ["", "Counted by hand."]
)
PSQL = "\n".join(
    [" id | state  | price ", "----+--------+-------"]
    + [f" {n:2} | open   |  {n}.50 " for n in range(12)]
    + ["(12 rows)"]
)
MYSQL = "\n".join(
    ["+----+-------+", "| id | name  |", "+----+-------+"]
    + [f"| {n:2} | crate |" for n in range(9)]
    + ["+----+-------+", "9 rows in set"]
)
PROCESSES = "\n".join(
    ["USER         PID %CPU COMMAND"]
    + [f"shop     {n * 17 + 100:7}  0.{n % 10} /usr/bin/worker --lane {n}" for n in range(30)]
    + ["root        9999 97.5 /usr/bin/indexer --rebuild all"]
)


def count(text: str) -> int:
    return len(_PIECE.findall(text))


def csv_text(rows: list[list[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("text", [MARKDOWN, PSQL, MYSQL, PROCESSES])
def test_every_cell_stays(text: str) -> None:
    found = CONDENSER.condense(text, Ask(), count)
    assert found is not None
    assert found.level is Level.CONDENSED
    assert count(found.text) < count(text)
    for word in set(re.findall(r"[\w.\-/]*\w", text)):
        assert word in found.text
    assert "---" not in found.text.replace("--lane", "").replace("--rebuild", "")


def test_columns_of_one_value_are_told_once() -> None:
    found = CONDENSER.condense(MARKDOWN, Ask(), count)
    assert found is not None
    assert found.text.count("north") == 1
    assert found.text.startswith(
        "Stock today:\n\nevery row also has shelf=north\npart left\nbolt-0 0"
    )
    assert found.text.endswith("\nbolt-19 57\n\nCounted by hand.")


def test_csv_comes_back_byte_for_byte() -> None:
    rows: list[list[object]] = [["id", "name", "site", "page"]]
    rows += [[n, f'part "{n}", blue', "north", f"https://shop.test/p/{n}"] for n in range(100, 160)]
    text = csv_text(rows)
    found = CONDENSER.condense(text, Ask(), count)
    assert found is not None
    assert found.level is Level.LOSSLESS
    assert count(found.text) < 0.7 * count(text)
    assert rebuilt(found.text, ",") + "\n" == text


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.text(max_size=6), st.sampled_from(["a", "007", "-0", ""])),
        min_size=4,
        max_size=20,
    )
)
def test_no_csv_is_changed(rows: list[tuple[int, str, str]]) -> None:
    text = csv_text([["n", "text", "kind"], *map(list, rows)])
    found = CONDENSER.condense(text, Ask(), count)
    if found is not None and found.level is Level.LOSSLESS:
        assert rebuilt(found.text, ",") == text.replace("\r\n", "\n").rstrip("\n")


@pytest.mark.parametrize("text", [MARKDOWN, PSQL, MYSQL, PROCESSES])
def test_an_excerpt_has_the_header_and_counts_its_gaps(text: str) -> None:
    found = CONDENSER.excerpt(text, Ask(), 90, count)
    assert found is not None
    assert found.level is Level.EXCERPT
    assert count(found.text) <= 90
    lines = found.text.split("\n")
    assert any(line.split()[:1] in (["|"], ["id"], ["USER"]) for line in lines)
    assert all(line in text.split("\n") or line.startswith("[… ") for line in lines)


def test_an_excerpt_shows_what_is_asked_and_what_stands_out() -> None:
    found = CONDENSER.excerpt(PROCESSES, Ask(query="which process runs lane 23?"), 110, count)
    assert found is not None
    assert "--lane 23" in found.text
    assert "97.5 /usr/bin/indexer" in found.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one line",
        "A title\nand some prose.\nIt goes on,\nand ends.",
        "a|b\n--|--\n1|2",
        "x\n" * 9,
    ],
)
def test_what_is_no_table_is_not_ours(text: str) -> None:
    assert CONDENSER.condense(text, Ask(), count) is None
    assert CONDENSER.excerpt(text, Ask(query="title"), 50, count) is None


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='ab |,-+\n"\t\0…[é\ud800', max_size=120), st.integers(0, 40))
def test_no_text_raises_or_grows(text: str, budget: int) -> None:
    found = CONDENSER.condense(text, Ask(), count)
    assert found is None or count(found.text) < count(text)
    shown = CONDENSER.excerpt(text, Ask(query="a"), budget, count)
    assert shown is None or count(shown.text) <= budget
