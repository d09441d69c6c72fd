import pytest

from aicontext.domain.usage import Billed, Tier, micro_cents
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.ledger.account import Account, Pricing

KNOWN = model("claude-sonnet-4-5")
AT = 1_795_003_200.0


def _direct(billed: Billed, tokens: int, saved: float, tier: Tier = Tier.STANDARD) -> int | None:
    account = Pricing(KNOWN, billed, AT, tier).account(tokens, saved)
    return None if account.direct_cost is None else micro_cents(account.direct_cost)


@pytest.mark.parametrize(
    ("tokens", "saved", "due"),
    [
        (1_000, 0, 1_000 * 300 + 10 * 1500),
        (1_500, 500, 1_500 * 300 + 10 * 1500),
        (900, -100, 900 * 300 + 10 * 1500),
        # From 200,001 tokens of input on all of it costs twice as much, the answer half more.
        (200_000, 199_000, 200_000 * 300 + 10 * 1500),
        (200_001, 199_001, 200_001 * 600 + 10 * 2250),
    ],
)
def test_a_longer_call_is_priced_by_its_own_length(tokens, saved, due) -> None:
    billed = Billed(1_000, output=10)
    assert _direct(billed, tokens, saved) == due
    assert _direct(billed, tokens, saved, Tier.BATCH) == due / 2


def test_without_a_price_there_is_no_cost() -> None:
    assert Pricing(KNOWN, Billed(5), AT, Tier.FLEX).account(9, 4) == Account()
    assert Pricing(model("unheard-of"), Billed(5), AT).account() == Account()
