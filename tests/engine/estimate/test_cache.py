from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.estimate.cache import CountCache


class Counted:
    def __init__(self) -> None:
        self.calls: list[str] = []

    def __call__(self, text: str) -> int:
        self.calls.append(text)
        return len(text)


def test_a_text_is_counted_once() -> None:
    counted = Counted()
    cache = CountCache(counted)
    assert [cache("abc"), cache("ab" + "c"), cache("abc")] == [3, 3, 3]
    assert counted.calls == ["abc"]


def test_long_texts_are_known_by_digest() -> None:
    counted = Counted()
    cache = CountCache(counted, limit=1600)
    long = "x" * 5000
    assert cache(long) == cache(long) == 5000
    assert len(counted.calls) == 1
    assert cache.held == 32


def test_what_is_used_survives_and_the_rest_goes() -> None:
    counted = Counted()
    cache = CountCache(counted, limit=2048)
    for at in range(100):
        cache("kept")
        cache(f"{at:08}")
    assert counted.calls.count("kept") == 1
    assert cache.held <= 2048


@given(st.lists(st.text(max_size=80)), st.integers(0, 3000))
def test_counts_and_bound_hold_for_any_sequence(texts: list[str], limit: int) -> None:
    cache = CountCache(len, limit=limit)
    for text in [*texts, *texts, "\ud800" * 400]:
        assert cache(text) == len(text)
        assert cache.held <= max(limit, 80)
