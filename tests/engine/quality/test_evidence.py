"""What a block must not lose, kind by kind."""

from __future__ import annotations

import pytest

from aicontext.domain.context import Ask, Kind
from aicontext.engine.quality.evidence import LIMIT, evidence
from aicontext.engine.quality.statements import ASKED


def found(text: str, kind: Kind, query: str = "") -> list[tuple[str, ...]]:
    return [item.strings for item in evidence(text, kind, Ask(query=query))]


PYTEST = """\
tests/test_cart.py::test_total FAILED
>       assert cart.total() == 12
E       assert 11 == 12
E        +  where 11 = total()

tests/test_cart.py:31: AssertionError
=========================== short test summary info ============================
FAILED tests/test_cart.py::test_total - assert 11 == 12
================= 1 failed, 40 passed in 0.12s =================
"""
OTHERS = """\
FAIL: test_rounding (tests.MoneyTest)
ValueError: no rate for 'XAU'
--- FAIL: TestTotal (0.00s)
    cart_test.go:31: got 11, want 12
test money::rounds ... FAILED
  left: 11
  right: 12
thread 'money::rounds' panicked at src/money.rs:9:5:
  ● cart › total
    Expected: 12
    Received: 11
Tests:       1 failed, 7 passed, 8 total
"""


@pytest.mark.parametrize(
    ("text", "strings"),
    [
        (PYTEST, "tests/test_cart.py::test_total"),
        (PYTEST, "assert 11 == 12"),
        (PYTEST, "+ where 11 = total()"),
        (PYTEST, "tests/test_cart.py:31"),
        (PYTEST, "1 failed, 40 passed in 0.12s"),
        (OTHERS, "test_rounding"),
        (OTHERS, "ValueError: no rate for 'XAU'"),
        (OTHERS, "TestTotal"),
        (OTHERS, "cart_test.go:31: got 11, want 12"),
        (OTHERS, "money::rounds"),
        (OTHERS, "left: 11"),
        (OTHERS, "right: 12"),
        (OTHERS, "Expected: 12"),
        (OTHERS, "Received: 11"),
        (OTHERS, "Tests: 1 failed, 7 passed, 8 total"),
    ],
)
def test_failures_with_values_places_and_totals(text: str, strings: str) -> None:
    assert (strings,) in found(text, Kind.TEST)


def test_passes_are_no_evidence() -> None:
    assert not found("tests/a.py::test_b PASSED\n" * 3, Kind.TEST)


def test_severe_lines_once_and_causes() -> None:
    text = (
        "2024-05-01 ERROR disk 1 full\n2024-05-01 ERROR disk 2 full\nINFO fine\n"
        "java.io.IOException: broken\nCaused by: java.lang.Error: no disk\n"
    )
    assert found(text, Kind.LOG) == [
        ("2024-05-01 ERROR disk 1 full",),
        ("java.io.IOException: broken",),
        ("Caused by: java.lang.Error: no disk",),
    ]


DIFF = """\
--- a/src/cart.py
+++ b/src/cart.py
@@ -1,3 +1,3 @@ class Cart:
 a
--- x
+++ y
 b
"""


def test_every_change_but_no_header() -> None:
    assert found(DIFF, Kind.DIFF) == [
        ("src/cart.py",),
        ("src/cart.py",),
        ("@@ -1,3 +1,3 @@",),
        ("--- x",),
        ("+++ y",),
    ]


def test_definitions_outside_of_docstrings() -> None:
    text = 'class Cart:\n    """\n    def no(self):\n    """\n    def run(self):\n        pass\n'
    assert found(text, Kind.CODE) == [("class Cart",), ("def run",)]
    numbered = "".join(f"{n}\t{line}\n" for n, line in enumerate(text.splitlines(), 1))
    assert found(numbered, Kind.CODE) == [("class Cart",), ("def run",)]


@pytest.mark.parametrize(
    ("line", "head"),
    [
        ("export async function load<T>(x: T) {", "function load"),
        ("func (c *Cart) Total() int {", "func (c *Cart) Total"),
        ("pub(crate) fn total(&self) -> u32 {", "fn total"),
        ("public final class Cart extends Base {", "class Cart"),
        ("type Cart struct {", "type Cart"),
        ("interface Cart {", "interface Cart"),
    ],
)
def test_definitions_of_many_languages(line: str, head: str) -> None:
    assert found(line, Kind.CODE) == [(head,)]


def test_a_variable_of_any_type_is_no_definition() -> None:
    assert found("void F() {\n    object value;\n}\n", Kind.CODE) == []


def test_places_of_matches() -> None:
    assert found("a.py:3:x\na.py:9:y\n", Kind.SEARCH) == [("a.py", "3"), ("a.py", "9")]
    assert found("src/a.py\n3:x\n9:y\n", Kind.SEARCH) == [("src/a.py", "3"), ("src/a.py", "9")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("./a/b.py\n./a/c.py\n", ["b.py", "c.py"]),
        ("total 8\n-rw-r--r-- 1 me me 12 May  1 10:00 a b.txt\n", ["a b.txt"]),
        ("├── src\n│   └── a.py\n", ["src", "a.py"]),
        (" M src/a.py\n?? b.py\n", ["a.py", "b.py"]),
    ],
)
def test_names_in_listings(text: str, names: list[str]) -> None:
    assert found(text, Kind.LISTING) == [(name,) for name in names]


def test_keys_rows_and_rules() -> None:
    assert found('{"id": 1, "name": "a"}\n{"id": 2}', Kind.JSON) == [("id",), ("name",)]
    assert found("| name | n |\n|---|---|\n| ada | 1 |", Kind.TABLE) == [("name",), ("ada",)]
    assert found("port: 80\n<a>\n", Kind.CONFIG) == [("port",)]
    text = "It is fast. You must not stop it. See https://example.test/x. It took 12.5% of 3."
    assert set(found(text, Kind.PROSE)) == {
        ("You must not stop it.",),
        ("https://example.test/x",),
        ("12.5%",),
    }


@pytest.mark.parametrize(
    ("kind", "text", "query", "strings"),
    [
        (
            Kind.SEARCH,
            "a.py:3:def open_it():\nb.py:4:open_it()",
            "Where is open_it?",
            ("def open_it():",),
        ),
        (Kind.JSON, '{"3f2a-key": "va lue"}', 'the value of "3f2a-key"', ("3f2a-key", "va lue")),
        (Kind.LOG, "starting\njob_42 was slow\n", "why is job_42 slow?", ("job_42 was slow",)),
        (Kind.CODE, "x = max_size\n", "what is max_size?", ("max_size",)),
        (
            Kind.CHAT,
            "Ann: hello there.\nBob: the red remote needs rubber buttons.\nAnn: fine.",
            "What did they say about the rubber buttons of the remote?",
            ("Bob: the red remote needs rubber buttons.",),
        ),
    ],
)
def test_what_the_query_asks_for(
    kind: Kind, text: str, query: str, strings: tuple[str, ...]
) -> None:
    asked = [item.strings for item in evidence(text, kind, Ask(query=query)) if item.what == ASKED]
    assert asked == [strings]


def test_of_very_much_evidence_an_even_sample() -> None:
    text = "@@ -0,0 +1,50000 @@\n" + "".join(f"+line {n}\n" for n in range(50_000))
    sample = found(text, Kind.DIFF)
    assert len(sample) == LIMIT
    assert int(sample[-1][0].split()[1]) > 49_990


@pytest.mark.parametrize(
    ("line", "string"),
    [
        ("(fail) cart > adds [1.20ms]", "cart > adds"),
        ("  ✖ adds (1.3301ms)", "adds"),
        (" 3 fail", "3 fail"),
        ("ℹ fail 3", "fail 3"),
        ("error: no till 7", "error: no till 7"),
        ("@shop/cart test: (fail) cart > adds [1.20ms]", "cart > adds"),
    ],
)
def test_failures_of_scripts(line: str, string: str) -> None:
    task = "@shop/cart test: " if line.startswith("@") else ""
    calm = "\n".join(f"{task}all is well" for _ in range(9))
    assert (string,) in found(f"{line}\n{calm}\n", Kind.TEST)


def test_errors_that_tests_print_are_not_made_distinct_by_digits() -> None:
    text = "".join(f"error: no till {number}\n" for number in range(40))
    assert found(text, Kind.TEST) == [("error: no till 0",)]
