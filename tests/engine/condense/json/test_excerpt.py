"""An excerpt keeps to its budget and shows what is asked for and what stands out."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable

import pytest
from counts import pieces_of_four as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.json import CONDENSER
from aicontext.engine.condense.json.decode import decode


def events(rows: int) -> list[dict[str, object]]:
    return [
        {
            "at": f"10:{n // 60:02}:{n % 60:02}",
            "level": "error" if n == 77 else "info",
            "where": f"shelf-{n % 7}",
            "text": "label printer jammed" if n == 77 else "parcel moved on the belt",
            "weight": 900.5 if n == 50 else 3.25,
            "site": "north",
        }
        for n in range(rows)
    ]


def excerpt(text: str, query: str, budget: int) -> str:
    found = CONDENSER.excerpt(text, Ask(query=query), budget, count)
    assert found is not None
    assert found.level is Level.EXCERPT
    assert count(found.text) <= budget
    return found.text


def test_the_asked_key_stands_beside_its_value() -> None:
    pairs = {str(uuid.UUID(int=n * 7919 << 64)): str(uuid.UUID(int=n << 90)) for n in range(1, 141)}
    for key, value in list(pairs.items())[::29]:
        assert f'"{key}": "{value}"' in excerpt(json.dumps(pairs, indent=1), key, 250)


def test_rows_that_stand_out_are_shown_without_a_question() -> None:
    text = excerpt(json.dumps(events(200)), "", 450)
    assert "label printer jammed" in text
    assert "900.5" in text
    assert "\n10:00:00 0" in text
    assert "\n10:03:19 3" in text
    assert text.count('"north"') == 1
    assert re.search(r"\[… \d+ rows left out\]", text)


FRAMES: dict[str, Callable[[list[dict[str, object]]], str]] = {
    "list": json.dumps,
    "lines": lambda rows: "\n".join(map(json.dumps, rows)),
    "inner": lambda rows: json.dumps({"total": len(rows), "page": {"rows": rows}}, indent=1),
}


@pytest.mark.parametrize("form", FRAMES)
@settings(max_examples=15, deadline=None)
@given(amount=st.integers(60, 300), budget=st.integers(600, 1500), query=st.sampled_from(["", "3"]))
def test_chosen_rows_are_a_table_that_decodes_to_them(
    form: str, amount: int, budget: int, query: str
) -> None:
    rows = events(amount)
    text = excerpt(FRAMES[form](rows), query, budget)
    made, _, mark = text.rpartition("\n")
    whole = text if "left out" not in mark else made
    shown = decode(whole)
    found = list(map(json.loads, shown.split("\n"))) if form == "lines" else json.loads(shown)
    if form == "inner":
        assert found["total"] == amount
        found = found["page"]["rows"]
    assert found == [row for row in rows if row in found]
    assert len(found) + int((re.findall(r"(\d+) rows? left out", mark) or ["0"])[0]) == amount
    assert len(found) > min(amount - 1, budget // 20)


def test_rows_that_no_table_makes_shorter_stay_json() -> None:
    rows: list[dict[str, object]] = [
        {f"key{n}{i}": f"value {n * 7919 + i}" for i in range(4)} for n in range(60)
    ]
    text = excerpt(json.dumps(rows), "key311", 200)
    assert '"key311": "value 245490"' in text
    assert text.startswith("JSON [ 60 rows")


def test_the_question_comes_first() -> None:
    rows = events(200)
    rows[120]["text"] = "the blue crate fell down"
    assert "blue crate" in excerpt(json.dumps(rows), "what happened to the blue crate?", 120)


def test_gaps_and_rows_make_up_the_whole() -> None:
    text = excerpt(json.dumps(events(200)), "printer", 300)
    shown = len(re.findall(r"^10:\d\d:\d\d ", text, re.MULTILINE))
    assert shown + sum(int(n) for n in re.findall(r"\[… (\d+) rows? left out\]", text)) == 200


def test_keys_deep_in_an_object_are_shown_under_what_holds_them() -> None:
    value = {
        f"service-{n}": {
            "image": f"shop/part-{n}:2.{n}",
            "limits": {"memory": f"{n}Mi", "cpu": f"{n}m", "note": "x" * 120},
            "ports": [8000 + n],
        }
        for n in range(40)
    }
    text = excerpt(json.dumps({"services": value}), "memory of service-23", 200)
    assert '"service-23": { 3 keys' in text
    assert '"memory": "23Mi"' in text


def test_long_strings_are_clipped_around_what_is_asked() -> None:
    rows = [{"n": n, "body": "word " * 800 + f"needle{n} " + "word " * 800} for n in range(9)]
    text = excerpt(json.dumps(rows), "needle5", 200)
    assert "needle5" in text
    assert re.search(r"\[… [\d,]+ characters\]", text)


def test_content_cannot_pose_as_a_gap() -> None:
    rows = [{"n": n, "text": "[… 999 rows]"} for n in range(60)]
    assert not re.search(r"^ *\[… \d", excerpt(json.dumps(rows), "", 150), re.MULTILINE)


@pytest.mark.parametrize("text", ["", "words", '{"a": ', '[{"a": 1}, {"a'])
def test_what_is_no_json_is_not_ours(text: str) -> None:
    assert CONDENSER.excerpt(text, Ask(query="a"), 50, count) is None


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=8), st.dictionaries(st.text(max_size=6), inner, max_size=8)
    ),
    max_leaves=40,
)


@settings(max_examples=30, deadline=None)
@given(st.lists(VALUES, max_size=12), st.text(max_size=20), st.integers(0, 120))
def test_the_budget_is_never_passed(value: list[object], query: str, budget: int) -> None:
    text = json.dumps(value)
    found = CONDENSER.excerpt(text, Ask(query=query), budget, count)
    assert found == CONDENSER.excerpt(text, Ask(query=query), budget, count)
    if found is not None:
        assert count(found.text) <= budget
        found.text.encode()
