from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.errors import InvalidInput
from aicontext.domain.storage.records import Period, Unit
from aicontext.domain.tenancy.budgets import START, amount, bounds, written
from aicontext.kit.clock import zone

ZONES = [
    "UTC",
    "America/Havana",  # Clocks are put back over midnight,
    "Asia/Beirut",  # and forward over it;
    "Australia/Lord_Howe",  # by half an hour;
    "Asia/Kathmandu",
    "America/St_Johns",
    "Pacific/Apia",  # A day was left out.
]
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(at=moments, name=st.sampled_from(ZONES), period=st.sampled_from(Period))
def test_every_moment_lies_in_one_period_and_the_next_begins_where_it_ends(
    at: datetime, name: str, period: Period
) -> None:
    local = zone(name)
    start, end = bounds(period, at.astimezone(local))
    assert start <= at
    assert bounds(period, start.astimezone(local)) == (start, end)
    if end is None:
        assert (period, start) == (Period.TOTAL, START)
        return
    assert at < end
    assert bounds(period, (end - timedelta(microseconds=1)).astimezone(local)) == (start, end)
    assert bounds(period, end.astimezone(local))[0] == end


@pytest.mark.parametrize(
    ("period", "at", "start", "end"),
    [
        # Midnight comes twice in Havana on 1 November 2026: 04:00 and 05:00 UTC.
        ("day", "2026-11-01T05:30", "2026-11-01T04:00", "2026-11-02T05:00"),
        ("day", "2026-11-01T04:30", "2026-11-01T04:00", "2026-11-02T05:00"),
        ("hour", "2026-11-01T05:30", "2026-11-01T05:00", "2026-11-01T06:00"),
        ("month", "2026-12-31T23:59", "2026-12-01T05:00", "2027-01-01T05:00"),
    ],
)
def test_periods_are_those_of_the_calendar(period: str, at: str, start: str, end: str) -> None:
    moment, begins, ends = (datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (at, start, end))
    local = moment.astimezone(zone("America/Havana"))
    assert bounds(Period(period), local) == (begins, ends)


def test_amounts_are_written_for_people() -> None:
    assert written(1_234_567, Unit.TOKENS) == "1,234,567 tokens"
    assert written(123_456_789_000, Unit.MONEY) == "$1,234.57"
    assert written(12_345, Unit.MONEY) == "$0.0001"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5usd", (Unit.MONEY, 500_000_000)),
        ("$0.50", (Unit.MONEY, 50_000_000)),
        (" 1,000 USD ", (Unit.MONEY, 100_000_000_000)),
        ("7", (Unit.MONEY, 700_000_000)),
        ("200000tokens", (Unit.TOKENS, 200_000)),
        ("1.5 Mtokens", (Unit.TOKENS, 1_500_000)),
        ("3ktoken", (Unit.TOKENS, 3000)),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, found: tuple[Unit, int]) -> None:
    assert amount(text) == found


@pytest.mark.parametrize("text", ["", "-5usd", "5eur", "1e9", "usd", "$5tokens", "9" * 30, "5k"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no amount"):
        amount(text)
