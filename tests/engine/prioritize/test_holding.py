"""Which texts hold some words."""

from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.prioritize.holding import holding

LINES = st.lists(st.text("ab\té", max_size=6), max_size=8)
WORDS = st.lists(st.text("ab\té", min_size=1, max_size=3), max_size=4)


@given(LINES, WORDS, WORDS)
def test_it_finds_what_a_look_at_each_text_finds(
    texts: list[str], inside: list[str], openings: list[str]
) -> None:
    found = holding(texts, [*inside, *(f"\n{word}" for word in openings)])
    assert found == [
        i
        for i, text in enumerate(texts)
        if any(word in text for word in inside) or text.startswith(tuple(openings))
    ]
