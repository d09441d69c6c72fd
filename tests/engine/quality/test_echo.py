"""How much of what a query says is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.quality.echo import echo

TEXT = "port: 8080\nretries: 3\nport: 9090\nTimeout_seconds: 30\n"


def test_rare_words_weigh_most_and_all_their_places_count() -> None:
    weight, share = echo("Which port and what timeout?", TEXT, "port: 8080\n")
    assert weight == 1 / 2 + 1
    assert share == (1 / 4) / weight
    assert echo("the TIMEOUT", TEXT, "timeout_seconds: 30") == (1.0, 1.0)


def test_nothing_is_heard_without_words_in_common() -> None:
    assert echo("", TEXT, TEXT) == (0.0, 0.0)
    assert echo("Is it of the sea?", TEXT, TEXT) == (0.0, 0.0)


@given(st.text(max_size=80), st.text(max_size=200), st.text(max_size=200))
def test_a_share_is_one_at_most_and_the_text_itself_shows_all(
    query: str, text: str, shown: str
) -> None:
    weight, share = echo(query, text, shown)
    assert 0 <= share <= 1 + 1e-9
    assert (echo(query, text, text)[1] > 1 - 1e-9) == (weight > 0)
