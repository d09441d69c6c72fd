"""Usage as charges in the columns of FOCUS 1.4, the FinOps Open Cost and Usage Specification.

A charge is what one price line came to in one UTC day, for one user, key, team, project and tool.
Costs are those at list prices, in US dollars, since no invoice is known here: all four are the
same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta

from aicontext.domain.events import UsageEvent
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import MICRO_CENTS, Line, Quote, micro_cents

_UNIT = 1_000_000
_WORDS = {
    Line.INPUT: "Input tokens",
    Line.CACHE_READ: "Input tokens read from the cache",
    Line.CACHE_WRITE: "Input tokens written to the cache",
    Line.CACHE_WRITE_1H: "Input tokens written to the cache for an hour",
    Line.OUTPUT: "Output tokens",
}


@dataclass(frozen=True, slots=True)
class Charge:
    """A row; the fields are the columns, and text as they are written. Empty: null."""

    BilledCost: str
    BillingAccountId: str
    BillingAccountName: str
    BillingCurrency: str
    BillingPeriodStart: str
    BillingPeriodEnd: str
    ChargeCategory: str
    ChargeClass: str
    ChargeDescription: str
    ChargeFrequency: str
    ChargePeriodStart: str
    ChargePeriodEnd: str
    ConsumedQuantity: str
    ConsumedUnit: str
    ContractedCost: str
    EffectiveCost: str
    HostProviderName: str
    InvoiceIssuerName: str
    ListCost: str
    ListUnitPrice: str
    PricingCategory: str
    PricingQuantity: str
    PricingUnit: str
    ServiceCategory: str
    ServiceName: str
    ServiceProviderName: str
    ServiceSubcategory: str
    SkuId: str
    SkuMeter: str
    SkuPriceDetails: str
    SkuPriceId: str
    SubAccountId: str
    SubAccountName: str
    Tags: str
    x_Calls: str
    x_Model: str
    x_ServiceTier: str
    x_PriceSource: str


COLUMNS = tuple(one.name for one in fields(Charge))


@dataclass(frozen=True, slots=True)
class _Meter:
    """What calls have in common that are charged together. line: None where a tool told the cost as
    one. model: as the tool named it."""

    owner: Owner
    key: str
    project: str
    tool: str
    model: str
    quote: Quote | None
    line: Line | None


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    tokens: int = 0
    micro_cents: int = 0


def charges(events: Iterable[UsageEvent]) -> Iterator[Charge]:
    """The charges of calls that come in order of time; of those without a price there is none. No
    more is held than the sums of a day."""
    day, sums = date.min, dict[_Meter, _Sum]()
    for event in events:
        if event.cost is None:
            continue
        if (of := datetime.fromtimestamp(event.at, UTC).date()) != day:
            yield from _of_day(day, sums)
            day, sums = of, {}
        for line, tokens, cost in _lines(event):
            caller = event.caller
            whose = event.owner, event.key, caller.project, caller.tool
            meter = _Meter(*whose, event.model, event.quote, line)
            held = sums.setdefault(meter, _Sum())
            held.calls += 1
            held.tokens += tokens
            held.micro_cents += cost
    yield from _of_day(day, sums)


def _lines(event: UsageEvent) -> Iterator[tuple[Line | None, int, int]]:
    """(line, tokens, micro-cents)."""
    billed = event.billed
    if billed is None or event.quote is None:
        tokens = billed.all_input + billed.output if billed else 0
        yield None, tokens, micro_cents(event.cost or 0)
        return
    amounts = billed.amounts(event.quote.prices)
    for line, tokens in billed.lines():
        yield line, tokens, amounts[line]


def _of_day(day: date, sums: dict[_Meter, _Sum]) -> Iterator[Charge]:
    for meter, held in sums.items():
        yield _charge(day, meter, held)


def _charge(day: date, meter: _Meter, held: _Sum) -> Charge:
    month = day.replace(day=1)
    cost, account = _decimal(held.micro_cents, MICRO_CENTS), meter.owner.organisation or "own"
    provider, sku, price_id, details = _sku(meter)
    if meter.quote and meter.line:
        unit_price = f"{getattr(meter.quote.prices, meter.line):.8f}"
        quantity, unit = _decimal(held.tokens, _UNIT), f"{_UNIT} Tokens"
        meant = f"{_WORDS[meter.line]} of {meter.quote.model}, at list prices"
    else:
        unit_price, quantity, unit = cost, "1", "Charges"
        meant = f"Calls of {meter.model or 'a model'}, as {meter.tool or 'the tool'} reckoned them"
    return Charge(
        BilledCost=cost,
        BillingAccountId=account,
        BillingAccountName=account,
        BillingCurrency="USD",
        BillingPeriodStart=_moment(month),
        BillingPeriodEnd=_moment((month + timedelta(days=31)).replace(day=1)),
        ChargeCategory="Usage",
        ChargeClass="",
        ChargeDescription=meant,
        ChargeFrequency="Usage-Based",
        ChargePeriodStart=_moment(day),
        ChargePeriodEnd=_moment(day + timedelta(days=1)),
        ConsumedQuantity=f"{held.tokens}.0",  # Read as a decimal, which it must be.
        ConsumedUnit="Tokens",
        ContractedCost=cost,
        EffectiveCost=cost,
        HostProviderName=provider,
        InvoiceIssuerName=provider,
        ListCost=cost,
        ListUnitPrice=unit_price,
        PricingCategory="Standard",
        PricingQuantity=quantity,
        PricingUnit=unit,
        ServiceCategory="AI and Machine Learning",
        ServiceName=f"{provider} models",
        ServiceProviderName=provider,
        ServiceSubcategory="Generative AI",
        SkuId=sku,
        SkuMeter=_WORDS[meter.line] if meter.line else "Calls",
        SkuPriceDetails=details,
        SkuPriceId=price_id,
        SubAccountId=meter.owner.team,
        SubAccountName=meter.owner.team,
        Tags=_json(
            {"project": meter.project, "team": meter.owner.team}
            | {"tool": meter.tool, "user": meter.owner.user, "key": meter.key}
        ),
        x_Calls=str(held.calls),
        x_Model=meter.model,
        x_ServiceTier=str(meter.quote.tier) if meter.quote else "",
        x_PriceSource=meter.quote.source if meter.quote else "",
    )


def _sku(meter: _Meter) -> tuple[str, str, str, str]:
    """(provider, SKU, its price, details of it)."""
    quote = meter.quote
    if quote is None or meter.line is None:
        provider = meter.tool or "unknown"
        sku = f"{provider}/{meter.model or 'unknown'}/told"
        return provider, sku, sku, ""
    sku = f"{quote.provider}/{quote.model}/{meter.line}"
    price = f"{sku}/{quote.tier}/{quote.over}/{getattr(quote.prices, meter.line):g}"
    details = _json(
        {
            "x_ServiceTier": str(quote.tier),
            "x_Since": quote.since,
            "x_InputTokensOver": quote.over,
        }
    )
    return quote.provider, sku, price, details


def _json(values: Mapping[str, object]) -> str:
    held = {name: value for name, value in values.items() if value}
    return json.dumps(held) if held else ""


def _decimal(number: int, unit: int) -> str:
    """number / unit, exactly. unit: a power of ten."""
    whole, rest = divmod(abs(number), unit)
    return f"{'-' * (number < 0)}{whole}.{rest:0{len(str(unit)) - 1}}"


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
