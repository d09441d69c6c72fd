from dataclasses import replace

import pytest

from aicontext.domain.usage import Billed
from aicontext.engine.ledger.billing import Rates, Sent
from aicontext.engine.ledger.trace import Trace
from aicontext.engine.ledger.treatments import Treated


def _sent(*totals: int, automatic: bool) -> Sent:
    return Sent([str(n).encode() for n in totals], totals, (), automatic)


def _trace(*, automatic: bool) -> Trace:
    """Three messages of 10,000 tokens each, sent in 1,000 each but for the first; of four."""
    return Trace(
        direct=_sent(10_000, 20_000, 30_000, 31_000, automatic=automatic),
        direct_read=30_000,
        direct_known=30_000,
        sent=_sent(10_000, 11_000, 12_000, 12_500, automatic=automatic),
        read=12_000,
        known=12_000,
        treated=Treated(),
        rates=Rates(),
    )


@pytest.mark.parametrize(
    ("read", "would"),
    [
        (12_000, 30_000),
        (11_900, 30_000),
        (12_300, 30_000),
        (11_000, 20_000),
        (9_950, 10_000),
        (0, 0),
    ],
)
def test_what_is_dropped_sooner_would_have_been_dropped_anyway(read: int, would: int) -> None:
    assert _trace(automatic=True).would_read(read) == would


def test_where_a_time_is_promised_a_miss_may_be_our_doing() -> None:
    assert _trace(automatic=False).would_read(0) == 30_000


def test_a_past_that_we_changed_may_be_missed_for_that() -> None:
    changed = replace(_trace(automatic=True), read=10_000, known=10_000)
    assert changed.would_read(0) == 30_000


@pytest.mark.parametrize(
    ("read", "would"), [(12_000, 30_000), (11_000, 20_000), (9_950, 10_000), (0, 0)]
)
def test_what_is_held_longer_than_promised_would_have_been_anyway(read: int, would: int) -> None:
    lapsed = replace(_trace(automatic=False), read=0, direct_read=0)
    assert lapsed.would_read(read) == would


def test_a_rewriting_learns_from_what_it_left_that_direct_was_held() -> None:
    rewritten = replace(_trace(automatic=False), read=0, direct_read=0, known=10_000)
    assert rewritten.would_read(10_000) == 30_000
    held = replace(rewritten, read=10_000, direct_read=30_000)
    assert held.would_read(10_000) == 30_000


def test_what_others_sent_is_taken_from_the_bill() -> None:
    assert replace(_trace(automatic=True), direct_read=None).would_read(7_000) == 7_000


def test_what_was_billed_far_beyond_the_request_did_not_stand_in_it() -> None:
    trace = _trace(automatic=True)
    assert trace.unseen(Billed(1_000, 15_000)) == 0
    assert trace.unseen(Billed(1_000, 90_000)) == 91_000 - 12_500


def test_what_stands_in_no_request_is_read_anew_where_we_changed_what_is_before_it() -> None:
    billed = Billed(90_000, 1_000)
    assert _trace(automatic=True).anew(78_500, billed) == 0
    changed = replace(_trace(automatic=True), read=10_000, known=10_000)
    assert changed.anew(78_500, billed) == 77_500
    assert replace(changed, direct_read=0).anew(78_500, billed) == 0
