"""The counts stand for pieces that the reconstruction's author measured one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aicontext.engine.estimate.reconstructed import FAMILIES, reconstruction


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("", 0, 0),
        ("hello, world", 3, 4),
        ("x = 5, -1 (a) 3 + 4", 17, 17),
        ("1234567", 3, 3),
        ("    return value\n", 4, 4),
        ("=" * 64, 1, 4),
        ("\n\n\n", 1, 1),
        ("it's", 2, 2),
        ("\r\x07", 0, 0),
    ],
)
def test_known_vectors(text: str, old: int, new: int) -> None:
    assert (reconstruction("claude-3")(text), reconstruction("claude-4.7")(text)) == (old, new)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet=st.characters()) | st.text("aB1 \n\t'.=é日🧠\0\ud800"))
def test_every_text_has_a_count(family: str, text: str) -> None:
    assert 0 <= reconstruction(family)(text) <= 4 * len(text) + 4


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=50, deadline=None)
@given(lines=st.lists(st.text("abc def(123)._=", min_size=1), min_size=2))
def test_lines_add_up(family: str, lines: list[str]) -> None:
    count = reconstruction(family)
    whole = count("\n".join(lines))
    parts = sum(map(count, lines)) + len(lines) - 1
    assert abs(whole - parts) <= len(lines)


@pytest.mark.parametrize("unit", ["a", "aB3", "日", "=", " ", "\n", "é"])
def test_a_long_line_costs_in_proportion(unit: str) -> None:
    count = reconstruction("claude-3")
    short, long = count(unit * 8192), count(unit * 32768)
    assert short * 3 <= long <= short * 5


@pytest.mark.parametrize("family", FAMILIES)
def test_a_sampled_text_counts_as_its_parts(family: str) -> None:
    count = reconstruction(family)
    lines = [f"{i:6d}→def call_{i % 97}(item{i}): return {i * i}\n" for i in range(9000)]
    parts = ["".join(lines[at : at + 500]) for at in range(0, len(lines), 500)]
    assert count("".join(lines)) == pytest.approx(sum(map(count, parts)), rel=0.02)


@pytest.mark.parametrize("text", ["naïve café", "→it's ok", "日本 abcé", "a" * 50 + "é", "x'd"])
def test_foreign_letters_belong_to_their_words(text: str) -> None:
    count = reconstruction("claude-3")
    assert count(f"{text} {text}") == 2 * count(text)
