from hypothesis import given
from hypothesis import strategies as st

from aicontext.engine.compress.stake import (
    ASKING,
    LEAST,
    MOST,
    OF_READ,
    READ,
    SHARE,
    WORTH,
    Stake,
    brief_size,
)

SIZES = st.integers(0, 2 * MOST)


def test_an_excerpt_keeps_its_share() -> None:
    assert brief_size(10, read=True) == LEAST
    assert brief_size(8_000, read=True) == OF_READ * 8_000
    assert brief_size(8_000, read=False) == SHARE * 8_000


def test_the_sums_of_what_went_out() -> None:
    stake = Stake(standing=1_000)
    stake.went_out(500, 200, brief=True)
    asking = READ * 1_000 + ASKING
    assert stake == Stake(standing=1_200, left_out=300, saved=300, risked=asking)
    stake.went_out(100, 80)
    stake.answered()
    assert stake == Stake(standing=1_280, left_out=320, saved=320 + READ * 320, risked=asking)


def test_what_an_excerpt_saves_pays_for_fetching_it() -> None:
    stake = Stake(standing=20_000)
    assert not stake.affords(2_000, 2_000, read=True)  # 1,500 saved, 2,800 to ask
    assert stake.affords(5_000, 5_000, read=True)
    stake.went_out(9_000, 1_000)
    assert stake.affords(2_000, 2_000, read=True)


def test_each_excerpt_holds_back_the_price_of_fetching_it() -> None:
    stake = Stake(standing=20_000, saved=READ * 20_000 + ASKING - 1_500)
    assert stake.affords(2_000, 2_000, read=True)
    stake.went_out(2_000, 500, brief=True)
    assert not stake.affords(2_000, 2_000, read=True)
    for _ in range(12):
        stake.answered()
    assert stake.affords(2_000, 2_000, read=True)


def test_little_and_very_long_results_are_left_alone() -> None:
    rich = Stake(saved=1e9)
    assert not rich.affords(LEAST + WORTH - 1, LEAST + WORTH - 1, read=True)
    assert rich.affords(LEAST + WORTH, LEAST + WORTH, read=True)
    assert rich.affords(MOST, MOST, read=True)
    assert not rich.affords(MOST + 1, MOST + 1, read=True)
    assert not rich.affords(8_000, 2_050, read=True)
    assert not Stake(standing=400_000, saved=1e9).affords(8_000, 6_900, read=True)


@given(st.lists(st.tuples(SIZES, st.booleans(), st.integers(0, 3)), max_size=30))
def test_fetching_every_excerpt_costs_no_more_than_was_saved(
    results: list[tuple[int, bool, int]],
) -> None:
    """However soon the session ends: each is asked for right away, and comes whole."""
    stake, spent = Stake(standing=15_000), 0.0
    for size, read, answers in results:
        if brief := stake.affords(size, size, read=read):
            spent += READ * stake.standing + ASKING
        stake.went_out(size, brief_size(size, read=read) if brief else size, brief=brief)
        assert stake.saved >= spent
        for _ in range(answers):
            stake.answered()
