"""Any JSON comes back from its rendering exactly, in no more tokens."""

from __future__ import annotations

import json
import re

import pytest
from counts import pieces_of_four as count
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Level
from aicontext.engine.condense.json.condenser import JsonCondenser
from aicontext.engine.condense.json.decode import decode
from aicontext.engine.condense.json.document import tabled
from aicontext.engine.condense.json.source import Value, dumps, parse
from aicontext.engine.condense.json.template import Undecodable


def orders(rows: int) -> list[Value]:
    """An API's rows: nested, with steps, fixed values, a url of another key, one odd row."""
    states = ["paid", "open", "sent"]
    made: list[Value] = [
        {
            "id": 7000 + 2 * n,
            "placed": f"2025-03-0{1 + n % 9}T0{n % 7}:15:00Z",
            "customer": {"name": f"Ada {chr(65 + n % 26)}", "vip": False, "tier": states[n % 3]},
            "lines": [{"sku": f"K-{n * 37 % 91}", "unit": "piece"}],
            "note": f"left at door number {n}" if n % 2 else "fragile, keep | upright\tplease",
            "link": f"https://shop.test/api/v2/orders/{7000 + 2 * n}",
            "total": n * 1.5,
            "refund": None,
        }
        for n in range(rows)
    ]
    return made


# The one character that the module keeps for itself makes a document not ours.
TEXT = st.text(max_size=8).filter(
    lambda text: "\ue000" not in text and "\\ue000" not in text.lower()
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False),
    TEXT,
    st.sampled_from(["", "^", "~", "=x", "@1", "a b", "1", "true", "<x>", "\t", "\n", "\x1e", "‹"]),
)
KEYS = st.one_of(st.sampled_from(["id", "name", "a.b", "key", "row", "0", "", "x y"]), TEXT)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=6), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


@st.composite
def alike(draw: st.DrawFn) -> Value:
    """Rows that mostly share keys, with columns of steps, constants, times and templates."""
    rows = draw(st.integers(3, 25))
    start, step = draw(st.integers(-99, 10**6)), draw(st.integers(-3, 5))
    shared = draw(SCALARS)
    kinds = draw(st.lists(st.sampled_from("scndtuxlmop"), min_size=1, max_size=6))
    table: list[Value] = []
    for n in range(rows):
        cells: dict[str, Value] = {
            "s": start + step * n, "c": shared, "n": {"in": {"deep": n % 3}, "w": f"w{n % 4}"},
            "d": f"took {n * 7 % 13} ms", "t": f"2024-02-28T23:{n:02}:59Z", "l": [{"z": n}],
            "u": f"/v/{start + step * n}", "x": "same as ever",
            "m": [{"q": n + k, "v": f"/q/{n + k}/x", "f": True} for k in range(n % 4)],
            "o": {"q": n, "w": f"user-{n}"} if n % 3 else None,
            "p": f"/v/{start + step * n}/page/{n}" if n % 2 else None,
        }  # fmt: skip
        row: dict[str, Value] = {kind: cells[kind] for kind in kinds}
        table.append(row)
    for _ in range(draw(st.integers(0, 3))):
        target = table[draw(st.integers(0, rows - 1))]
        if isinstance(target, dict):
            target[draw(st.sampled_from([*kinds, "extra"]))] = draw(VALUES)
    if draw(st.booleans()):
        table[draw(st.integers(0, rows - 1))] = draw(VALUES)
    form = draw(st.integers(0, 2))
    if form == 0:
        return table
    return (
        {"items": table, "total": rows} if form == 1 else {f"k{n}": r for n, r in enumerate(table)}
    )


def check(text: str) -> None:
    document = parse(text)
    assert document is not None
    table = tabled(document)
    if table is not None:
        assert decode(table) == document.whole
    found = JsonCondenser().condense(text, Ask(), count)
    assert found == JsonCondenser().condense(text, Ask(), count)
    if found is not None:
        assert found.level is Level.LOSSLESS
        assert count(found.text) < count(text)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.lists(VALUES, max_size=5), st.dictionaries(KEYS, VALUES, max_size=6)))
def test_any_value_survives(value: Value) -> None:
    check(json.dumps(value))


@settings(max_examples=100, deadline=None)
@given(alike())
def test_rows_of_like_shape_survive(value: Value) -> None:
    check(json.dumps(value, indent=2))
    if (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(r, dict | list) for r in value)
    ):
        check("\n".join(json.dumps(row) for row in value))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_no_text_raises(text: str) -> None:
    JsonCondenser().condense(text, Ask(), count)


def test_rows_become_a_table_that_reads_like_one() -> None:
    text = json.dumps(orders(40))
    found = JsonCondenser().condense(text, Ask(), count)
    assert found is not None
    assert count(found.text) < 0.5 * count(text)
    assert '"id":<7000+2*row>' in found.text
    assert '"link":"https://shop.test/api/v2/orders/<id>"' in found.text
    assert '"unit":"piece"' in found.text
    assert decode(found.text) == json.dumps(orders(40), separators=(",", ":"))


@pytest.mark.parametrize("step", [0, 3])
def test_rows_that_the_template_gives_whole_take_no_lines(step: int) -> None:
    rows: list[Value] = [
        {"id": 7 + step * n, "url": f"/users/{7 + step * n}", "active": True} for n in range(40)
    ]
    value: Value = {"items": rows, "orders": orders(12), "more": rows, "columns: x": ""}
    table = tabled(parse(json.dumps(value)) or pytest.fail("not parsed"))
    assert table is not None
    assert "\n\n" not in table
    assert decode(table) == dumps(value)
    alone = tabled(parse(json.dumps(rows)) or pytest.fail("not parsed"))
    assert alone is not None
    assert len(alone.splitlines()) == 2
    assert decode(alone) == dumps(rows)


@pytest.mark.parametrize(
    "number", ["1.0", "1", "-0", "-0.0", "1e400", "1.10", "1E5", "0.1e-7", str(10**400), "1e5"]
)
def test_numbers_keep_their_spelling(number: str) -> None:
    rows = ",".join(f'{{"n": {number}, "name": "row {n}", "s": "{number}"}}' for n in range(12))
    document = parse(f"[{rows}]")
    assert document is not None
    assert document.text.count(f'"n":{number},') == 12
    table = tabled(document)
    assert table is not None
    assert decode(table) == document.text


@pytest.mark.parametrize("odd", ["1", "1.0", '"1"', "true", "null", '{"v":1}', "[1]", '""'])
def test_types_are_never_mixed_up(odd: str) -> None:
    for usual in ("1", '"1"', "true", "null"):
        rows = [f'{{"v": {usual}, "name": "number {n}"}}' for n in range(20)]
        rows[7] = f'{{"v": {odd}, "name": "number 7"}}'
        check(f"[{', '.join(rows)}]")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words",
        '{"a": 1, "a": 2}',
        '[{"a": 1}, {"a": 2}, {"a":',
        "[" * 100_000,
        '{"a":' * 70 + "1" + "}" * 70,
        '"a string"',
        "[1, 2] and then [3]",
        '{"a": "\\ue000"}',
    ],
)
def test_what_is_not_ours_is_left_alone(text: str) -> None:
    assert JsonCondenser().condense(text, Ask(), count) is None


def test_lines_around_the_value_are_kept() -> None:
    rows = json.dumps(orders(12), indent=1)
    found = JsonCondenser().condense(f"$ shop orders --all\n{rows}\n12 orders\n", Ask(), count)
    assert found is not None
    assert found.text.startswith("$ shop orders --all\nJSON list of 12 rows")
    assert found.text.endswith("\n12 orders\n")
    assert decode(found.text).startswith('$ shop orders --all\n[{"id":7000')


def test_a_line_that_claims_to_be_a_table_is_not_read_as_one() -> None:
    claim = f"JSON list of {10**15} rows; this template gives each whole (<name> x\n{{}}\n"
    found = JsonCondenser().condense(claim + json.dumps(orders(12), indent=1), Ask(), count)
    assert found is not None
    assert found.text == claim + dumps(orders(12))


def test_objects_in_cells_are_told_by_their_own_template() -> None:
    rows: list[Value] = [
        {"id": f"{n * 37 % 101}x", "tags": [tag(n + k) for k in range(n % 3)], "by": tag(n)}
        for n in range(30)
    ]
    rows[4] = {"id": "4x", "tags": [tag(1), "loose"], "by": None}
    table = tabled(parse(json.dumps(rows)) or pytest.fail("not parsed"))
    assert table is not None
    assert 'where each item of <tags> is [name] for {"name":"<name>","page":"/tags/<name>"' in table
    assert 'tags=[{"name":"tag 1"' in table
    assert decode(table) == dumps(rows)


def tag(number: int) -> Value:
    name = f"tag {number}"
    return {"name": name, "page": f"/tags/{name}", "public": True}


def test_rows_inside_an_object_and_pairs_become_tables() -> None:
    pairs = {f"node_modules/p{n}": {"version": f"1.{n}.0", "dev": True} for n in range(9)}
    value: Value = {"count": 12, "orders": orders(12), "packages": {**pairs}}
    document = parse(json.dumps(value))
    assert document is not None
    table = tabled(document)
    assert table is not None
    assert table.startswith("JSON with 2 tables")
    assert '{"count":12,"orders":<table 1>,"packages":<table 2>}' in table
    assert decode(table) == dumps(value)


def test_brackets_of_the_document_are_not_taken_for_holes() -> None:
    rows: list[Value] = [{"html": f"<b>{n}</b>", "n": n, "same": "<title>"} for n in range(9)]
    table = tabled(parse(json.dumps(rows)) or pytest.fail("not parsed"))
    assert table is not None
    assert "‹html›" in table
    assert decode(table) == dumps(rows)


def test_text_that_is_no_rendering_cannot_be_decoded() -> None:
    with pytest.raises(Undecodable):
        decode("no table at all")
    with pytest.raises(Undecodable):
        decode("JSON list of 3 rows; x (<name> y):\n{}\ncolumns: ")


def test_a_key_that_stands_in_itself_is_no_rendering() -> None:
    found = JsonCondenser().condense(dumps(orders(40)), Ask(), count)
    assert found
    circle = re.sub(r"/orders/<\w+>", "/orders/<link>", found.text)
    assert circle != found.text
    with pytest.raises(Undecodable):
        decode(circle)
