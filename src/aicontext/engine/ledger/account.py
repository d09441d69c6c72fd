"""What a call cost, and would have cost without us."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aicontext.domain.usage import Billed, Model, Quote, Tier, dollars, micro_cents
from aicontext.engine.ledger.billing import Rates


@dataclass(frozen=True, slots=True)
class Account:
    """What a call cost in US dollars, and would have cost without us; None: no price is known.
    quote: by which price. predicted_read: cached tokens that the ledger expected."""

    cost: float | None = None
    direct_cost: float | None = None
    predicted_read: int = 0
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Pricing:
    """Of a call that was billed. at: seconds since the epoch. tier, region: in which it was
    answered."""

    model: Model
    billed: Billed
    at: float
    tier: Tier = Tier.STANDARD
    region: str = ""

    def account(self, direct_tokens: float = 0.0, saved: float = 0.0) -> Account:
        """direct_tokens: of its input without us; saved: what that had cost more, in uncached input
        tokens. A longer input may cost more for each token, and the answer too."""
        quote = self._quote(self.billed.all_input)
        if quote is None:
            return Account()
        prices, billed = quote.prices, self.billed
        cost = direct = billed.cost(prices)
        longer = quote
        if direct_tokens > billed.all_input:
            longer = self._quote(round(direct_tokens)) or quote
        if longer.over > quote.over:
            units = Rates.of(prices).units(billed) + saved
            answered = replace(Billed(), output=billed.output).cost(longer.prices)
            direct = answered + units * longer.prices.input / 1e6
        elif saved:
            direct = cost + saved * prices.input / 1e6
        return Account(cost, dollars(micro_cents(direct)), quote=quote)

    def _quote(self, input_tokens: int) -> Quote | None:
        return self.model.quote(input_tokens, self.at, self.tier, self.region)
