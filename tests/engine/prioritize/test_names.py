import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.names import names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("retry_count = maxRetries + HTTPServer", {"retry_count", "maxRetries", "HTTPServer"}),
        ("see ./web/pump.tsx:12 and notes.md.", {"./web/pump.tsx", "notes.md"}),
        ("self.pump.isOpen()", {"isOpen"}),
        ("commit 3fa85f64 of 20260101", {"3fa85f64"}),
        ("MAX_SIZE __init__ plain Word WORD", {"MAX_SIZE"}),
        ("a/b and/or 1/2 e.g. x.y", set()),
        ("größeInMeter", {"größeInMeter"}),
        ("", set()),
    ],
)
def test_names_are_compound_identifiers_files_and_digests(text: str, expected: set[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize("unit", ["a", "a_", "aB", "a.", "a/", "0a", "-", "\x00", "\ud800"])
def test_a_run_without_end_takes_linear_time(unit: str) -> None:
    assert names(unit * 300_000) == set()


@given(st.text())
def test_names_stand_in_the_text(text: str) -> None:
    assert all(name in text for name in names(text))
