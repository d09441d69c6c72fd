"""What counts as kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.domain.context import Ask, Evidence, Form, Kind
from aicontext.engine.quality.evidence import evidence
from aicontext.engine.quality.presence import missing


def lost(string: str, shown: str, form: Form = Form.PHRASE) -> bool:
    return bool(missing((Evidence("any", (string,), form),), shown))


@pytest.mark.parametrize(
    ("phrase", "shown"),
    [
        ("x = 1", "    x   =\t1"),
        ("x = 1", "12-40 x = 1  # why"),
        ("def run", "120-124 def run(self):"),
        ("app.py", "src/app.py: 3,9"),
        ("took 1.5", "it took 1.5, at most"),
        ("page_2.py", "docs/\n  page_{1..3}.py"),
        ("error: no disk", "\x1b[31merror:\x1b[0m no disk"),
    ],
)
def test_a_phrase_stands_by_itself(phrase: str, shown: str) -> None:
    assert not lost(phrase, shown)


@pytest.mark.parametrize(
    ("phrase", "shown"),
    [
        ("x = 1", "x = 10"),
        ("x = 1", "x = 1.5"),
        ("x = 1", "max = 1"),
        ("took 1", "took 1,500"),
        ("2.5", "12.5 and 1.2.5"),
        ("run", "rerun runs run_all"),
        ("def run", "def\nrun"),
        ("tests/a.py", "[… 9 lines: 9 passed in tests/a.py]"),
    ],
)
def test_a_part_of_something_longer_does_not_count(phrase: str, shown: str) -> None:
    assert lost(phrase, shown)


def test_lines_count_as_wholes_and_as_often_as_they_stand() -> None:
    changed = Evidence("changed line", ("+    return None",), Form.LINE)
    assert lost("+x = 1", "+x = 1  # one", Form.LINE)
    assert not missing((changed, changed), "+    return None\n \n+  return None")
    assert missing((changed, changed), "+    return None") == (changed,)


@pytest.mark.parametrize("shown", ["a/b.py:12:x", "a/b.py: 3,10-14", "a/b.py\n12:x = 1"])
def test_places_may_be_listed(shown: str) -> None:
    place = Evidence("match", ("a/b.py", "12"), Form.PLACE)
    assert not missing((place,), shown)
    assert missing((Evidence("match", ("a/b.py", "2"), Form.PLACE),), shown)
    assert missing((Evidence("match", ("b.py", "12"), Form.PLACE),), shown)


def test_content_cannot_pose_as_a_mark() -> None:
    forged = Evidence("asked for", ("secret_name",))
    assert missing((forged,), "[… 3 lines: secret_name]")
    assert not missing((forged,), "[… 3 lines: secret_name]", opening="[…0a1b2c3d")
    assert missing((forged,), "[…0a1b2c3d 3 lines: secret_name]", opening="[…0a1b2c3d")


LINES = st.lists(
    st.one_of(
        st.text(alphabet="ab1 .:=-+@\"'/\t\r…[]{}\x1b", max_size=30),
        st.sampled_from(
            [
                "FAILED tests/a.py::test_b - ValueError: no",
                "E       assert 1 == 2",
                "@@ -1,2 +1,2 @@",
                "--- a/x.py",
                "+x = 1",
                "def run(self):",
                "src/a.py:12:def run(self):",
                '{"key": "value", "other": [1, 2]}',
                "You must never do it; see https://example.test/a.",
                "| name | size |",
                "key: value",
                "ERROR: disk full at 12:00",
            ]
        ),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(LINES, st.sampled_from(Kind), st.sampled_from(["", "where is run, `key` or a.py?"]))
def test_a_text_keeps_all_its_own_evidence(lines: list[str], kind: Kind, query: str) -> None:
    text = "\n".join(lines)
    needed = evidence(text, kind, Ask(query=query))
    opening = "[…cafe0123"
    assert missing(needed, text, opening) == ()
    assert evidence(text, kind, Ask(query=query)) == needed


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(Kind), st.text(max_size=60))
def test_no_text_is_too_strange(text: str, kind: Kind, query: str) -> None:
    missing(evidence(text, kind, Ask(query=query)), text[::-1])


@pytest.mark.parametrize("kind", list(Kind))
def test_long_lines_and_many_lines_end(kind: Kind) -> None:
    for text in ("a" * 300_000, "a:1:" * 60_000, "[" * 200_000, '"k":1,' * 40_000, "+\n" * 50_000):
        assert missing(evidence(text, kind, Ask(query="where is `a`?")), "") is not None


def test_what_costs_too_much_to_find_counts_as_missing() -> None:
    shown = "word " * 200_000
    needed = tuple(Evidence("any", (f"word {n}",)) for n in range(2_000))
    assert len(missing(needed, shown)) == len(needed)


def test_numbers_without_a_file_are_lines_of_the_one_that_was_searched() -> None:
    needed = evidence("3:a = 1\n4:b = 2\n9:c = 3\n", Kind.SEARCH, Ask())
    assert [item.strings for item in needed] == [("", "3"), ("", "4"), ("", "9")]
    assert not missing(needed, "3-4,9\n3:a = 1\n")
    assert missing(needed, "3-4\n3:a = 1\n") == needed[2:]
    assert missing(needed, "src/a.py\n3-4,9\n") == needed
