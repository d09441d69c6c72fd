"""Usage events and queries, one by one and by chance."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from aicontext.domain.analytics.usage import Dimension, Grain, UsageQuery
from aicontext.domain.context import Kind, Level
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import MOST, Billed

NOON = datetime(2026, 2, 28, 12, tzinfo=UTC).timestamp()
CALL = UsageEvent(
    id="1",
    at=NOON,
    caller=Caller("claude-code", "s1", "shop"),
    protocol="anthropic",
    upstream="anthropic",
    model="opus",
    status=200,
    outcome=Outcome.OPTIMIZED,
    direct_tokens=1000,
    sent_tokens=400,
    billed=Billed(1, 2, 3, 4, 5),
    predicted_read=7,
    cost=0.00000003,
    direct_cost=0.5,
    owner=Owner("acme", "payments", "ann"),
    key="k1",
)

NAMES = st.sampled_from(["", "a", "b", "é\0🜁"])
TIMES = st.one_of(
    st.integers(0, 8).map(lambda quarter: NOON + 900.0 * quarter),
    st.floats(NOON - 1e7, NOON + 1e7),
    st.floats(-2e9, 1e10),
)
MONEY = st.one_of(st.none(), st.floats(-1, 1000), st.integers(0, 10).map(lambda n: n * 5e-9))
COUNTS = st.integers(0, MOST)
CHANGES = st.builds(
    Change,
    block=st.just(1),
    source=NAMES,
    kind=st.sampled_from([Kind.LOG, Kind.JSON]),
    level=st.sampled_from([Level.CONDENSED, Level.LOSSLESS]),
    original_tokens=COUNTS,
    optimized_tokens=COUNTS,
    why=st.just(""),
)
EVENTS = st.builds(
    UsageEvent,
    id=st.sampled_from("abcdefghijkl"),
    at=TIMES,
    caller=st.builds(Caller, NAMES, NAMES, NAMES),
    protocol=st.just("p"),
    upstream=NAMES,
    model=NAMES,
    status=st.sampled_from([0, 200, 399, 400, 529]),
    outcome=st.sampled_from(Outcome),
    direct_tokens=COUNTS,
    sent_tokens=COUNTS,
    billed=st.none() | st.builds(Billed, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    predicted_read=COUNTS,
    cost=MONEY,
    direct_cost=MONEY,
    changes=st.lists(CHANGES, max_size=3).map(tuple),
    owner=st.builds(Owner, NAMES, NAMES, NAMES),
    key=NAMES,
)
QUERIES = st.builds(
    UsageQuery,
    since=st.just(float("-inf")) | TIMES,
    until=st.just(float("inf")) | TIMES,
    by=st.lists(st.sampled_from(Dimension), max_size=3, unique=True).map(tuple),
    grain=st.sampled_from(Grain),
    where=st.dictionaries(
        st.sampled_from([one for one in Dimension if one is not Dimension.OUTCOME]),
        st.lists(NAMES, max_size=2),
        max_size=1,
    ),
)
