import pytest

from aicontext.engine.compress.forms.conversation import Breakpoint
from aicontext.engine.ledger.billing import Rates, Sent
from aicontext.engine.ledger.holdings import (
    DAY,
    EVER,
    FIVE_MINUTES,
    GRACE,
    HOUR,
    LOOK_BACK,
    Holdings,
)

RATES = Rates(read=0.1, write=1.25, write_hour=2.0)


def _sent(messages: int, *points: int, hour: bool = False, automatic: bool = False) -> Sent:
    """Messages of 1,000 tokens each, with breakpoints at these."""
    keys = [str(n).encode() for n in range(messages)]
    totals = [1000 * (n + 1) for n in range(messages)]
    return Sent(keys, totals, tuple(Breakpoint(p, hour) for p in points), automatic)


def test_a_prefix_is_held_from_its_breakpoint_on() -> None:
    held = Holdings()
    held.note(_sent(6, 3), 0.0)
    assert held.read(_sent(9, 8), 1.0) == 4000
    assert held.read(_sent(9), 1.0) == 0
    assert held.read(_sent(3, 2), 1.0) == 0


def test_breakpoints_look_back_so_far_and_no_farther() -> None:
    held = Holdings()
    held.note(_sent(4, 3), 0.0)
    assert held.read(_sent(99, 3 + LOOK_BACK - 1), 1.0) == 4000
    assert held.read(_sent(99, 3 + LOOK_BACK), 1.0) == 0
    assert held.read(_sent(4, 2), 1.0) == 0, "what is held comes after it"


@pytest.mark.parametrize(("hour", "seconds"), [(False, FIVE_MINUTES), (True, HOUR)])
def test_what_is_held_lapses_and_reading_renews_it(hour: bool, seconds: float) -> None:
    held, sent = Holdings(), _sent(4, 3, hour=hour)
    held.note(sent, 0.0)
    assert held.read(sent, seconds + GRACE - 1) == 4000
    assert held.read(sent, seconds + GRACE) == 0
    held.note(_sent(4, 3), seconds - 1)
    assert held.read(sent, 2 * seconds - 2) == 4000
    held.note(_sent(4, 3), 9 * HOUR)
    assert held.read(sent, 9 * HOUR + FIVE_MINUTES + GRACE) == 0, "lapsed, and written anew"


def test_what_was_sent_long_ago_takes_nothing_from_what_was_sent_since() -> None:
    held, sent = Holdings(), _sent(4, 3)
    held.note(sent, 1000.0)
    for then in (0.0, 900.0):
        held.assume(sent, len(sent.keys) - 1, then)
        assert held.read(sent, 1000 + FIVE_MINUTES) == 4000
    held.assume(sent, len(sent.keys) - 1, 1200.0)
    assert held.read(sent, 1200 + FIVE_MINUTES) == 4000


def test_what_is_read_is_renewed_and_nothing_else() -> None:
    held = Holdings()
    held.note(_sent(4, 3), 0.0)
    held.note(_sent(9, 8), 200.0)
    assert held.read(_sent(4, 3), 200 + FIVE_MINUTES) == 4000
    assert held.read(_sent(5, 4), 201.0) == 4000, "the fifth message is held within the ninth alone"


def test_what_may_have_been_sent_is_held_as_it_was_asked_for() -> None:
    cases = [(False, False, FIVE_MINUTES), (True, False, HOUR), (False, True, DAY)]
    for hour, automatic, seconds in cases:
        held, sent = Holdings(), _sent(4, 3, hour=hour, automatic=automatic)
        held.assume(sent, len(sent.keys) - 1, 0.0)
        assert held.read(sent, seconds + GRACE - 1) == 4000
        assert held.read(sent, seconds + GRACE) == 0


def test_what_was_forgotten_is_held_since_it_was_sent() -> None:
    held, sent = Holdings(limit=8), _sent(3, automatic=True)
    held.note(sent, 0.0)
    for n in range(3):
        held.note(Sent([bytes([n, k]) for k in range(4)], [1000] * 4, (), automatic=True), 1.0)
    assert held.read(sent, EVER) == 0
    held.assume(sent, len(sent.keys) - 1, 0.0)
    assert held.read(sent, DAY + GRACE - 1) == 3000
    assert held.read(sent, DAY + GRACE) == 0
    assert held.read(sent, EVER) == 3000


def test_an_automatic_cache_holds_every_prefix() -> None:
    held = Holdings()
    held.note(_sent(5, automatic=True), 0.0)
    assert held.read(_sent(3, automatic=True), 1.0) == 3000
    assert held.read(_sent(1, automatic=True), 1.0) == 0, "too short to be cached"


@pytest.mark.parametrize("automatic", [False, True])
def test_what_never_went_out_is_held_as_before(automatic: bool) -> None:
    held = Holdings()
    first = _sent(4, 3, automatic=automatic)
    held.note(first, 0.0)
    longer = _sent(9, 3, 8, automatic=automatic)
    noted = held.note(longer, 200.0)
    assert held.read(longer, 201.0) == 9000
    held.take_back(noted, 200.0)
    assert held.read(longer, 201.0) == 4000
    assert held.read(longer, (DAY if automatic else FIVE_MINUTES) + GRACE) == 0


def test_what_others_sent_since_is_held_all_the_same() -> None:
    held, sent = Holdings(), _sent(4, 3)
    noted = held.note(sent, 0.0)
    held.note(sent, 1.0)
    held.take_back(noted, 0.0)
    assert held.read(sent, 2.0) == 4000


def test_it_is_bounded() -> None:
    held = Holdings(limit=10)
    first, *others = (
        Sent([bytes([one, n]) for n in range(4)], [1000, 2000, 3000, 4000], (), automatic=True)
        for one in range(4)
    )
    for sent in (first, *others):
        held.note(sent, 0.0)
    assert held.read(first, 1.0) == 0
    assert held.read(others[-1], 1.0) == 4000


def test_what_is_used_is_not_forgotten() -> None:
    held, used = Holdings(limit=4), Sent([b"used"], [2000], (), automatic=True)
    for n in range(20):
        held.note(used, 0.0)
        held.note(Sent([bytes([n])], [2000], (), automatic=True), 0.0)
    assert held.read(used, 1.0) == 2000
