"""Charges against the published rules of FOCUS 1.4 for its Cost and Usage dataset."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal

import pytest

from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Billed, Tier
from aicontext.engine.estimate.catalogue import model
from aicontext.services.analytics.accounting.focus import COLUMNS, Charge, charges

NOON = 1_795_003_200


def words(text: str) -> list[str]:
    return text.split()


REQUIRED = words("""
    BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd
    BillingPeriodStart ChargeCategory ChargeClass ChargeDescription ChargePeriodEnd
    ChargePeriodStart ContractedCost EffectiveCost HostProviderName InvoiceIssuerName ListCost
    PricingQuantity PricingUnit ServiceCategory ServiceName ServiceProviderName
""")
"""Columns that are mandatory."""

OTHERS = words("""
    AllocatedMethodDetails AllocatedMethodId AllocatedResourceId AllocatedResourceName
    AllocatedTags AvailabilityZone BillingAccountType CapacityReservationId
    CapacityReservationStatus ChargeFrequency CommitmentDiscountCategory CommitmentDiscountId
    CommitmentDiscountName CommitmentDiscountQuantity CommitmentDiscountStatus
    CommitmentDiscountType CommitmentDiscountUnit CommitmentProgramEligibilityDetails
    ConsumedQuantity ConsumedUnit ContractApplied ContractedUnitPrice InvoiceDetailId InvoiceId
    ListUnitPrice PricingCategory PricingCurrency PricingCurrencyContractedUnitPrice
    PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice RegionId RegionName ResourceId
    ResourceName ResourceType ServiceSubcategory SkuId SkuMeter SkuPriceDetails SkuPriceId
    SubAccountId SubAccountName SubAccountType Tags
""")
"""Columns that are conditional or recommended."""

NULLABLE = words("""
    ChargeClass HostProviderName SkuPriceDetails SubAccountId SubAccountName Tags
""")
"""Of those that are written for usage, the ones that may be null."""

COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
NUMBERS = (*COSTS, "ListUnitPrice", "PricingQuantity", "ConsumedQuantity")
MOMENTS = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")


def calls() -> Iterator[UsageEvent]:
    for i in range(60):
        name = ("claude-haiku-5-5", "gpt-5", "gemini-3.1-pro-preview", "our/model")[i % 4]
        billed = Billed(7 * i, 100_003 * (i % 3), 11, 13 * (i % 2), 17)
        tier = Tier.BATCH if i % 8 == 0 else Tier.STANDARD
        quote = model(name).quote(billed.all_input, NOON, tier)
        cost = billed.cost(quote.prices) if quote else None
        yield UsageEvent(
            id=str(i),
            at=NOON + i * 86_400 / 4,
            caller=Caller("claude-code", f"s{i}", "shop" if i % 2 else ""),
            protocol="anthropic",
            upstream="anthropic",
            model=name,
            status=200,
            outcome=Outcome.OPTIMIZED,
            billed=billed,
            cost=cost,
            direct_cost=cost,
            owner=Owner("acme", "payments", "ann") if i % 3 else Owner(),
            quote=quote,
        )


TOLD = replace(next(calls()), id="told", cost=0.125, quote=None, outcome=Outcome.IMPORTED)


@pytest.fixture
def found() -> list[Charge]:
    return list(charges([TOLD, *calls()]))


def test_the_columns_are_those_of_the_version() -> None:
    assert set(REQUIRED) <= set(COLUMNS)
    own = [name for name in COLUMNS if name not in {*REQUIRED, *OTHERS}]
    assert own
    assert all(re.fullmatch(r"x_[A-Z][A-Za-z0-9]*", name) for name in own)


def test_what_must_not_be_null_is_not(found: list[Charge]) -> None:
    for charge in map(asdict, found):
        empty = {name for name, value in charge.items() if value == ""}
        assert empty <= {*NULLABLE, "x_ServiceTier", "x_PriceSource"}


def test_tags_say_who_it_was_for(found: list[Charge]) -> None:
    tags = {one.Tags for one in found}
    assert '{"project": "shop", "team": "payments", "tool": "claude-code", "user": "ann"}' in tags
    assert '{"tool": "claude-code"}' in tags
    details = [json.loads(one.SkuPriceDetails) for one in found if one.SkuPriceDetails]
    assert any("x_ServiceTier" in one for one in details)


def test_values_have_the_formats_of_the_specification(found: list[Charge]) -> None:
    for one in found:
        charge = asdict(one)
        for name in NUMBERS:
            assert re.fullmatch(r"\d+\.\d+|1", charge[name])
        for name in MOMENTS:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", charge[name])
        assert one.BillingCurrency == "USD"
        for unit in (one.PricingUnit, one.ConsumedUnit):
            assert re.fullmatch(r"([1-9]\d* )?[A-Z][A-Za-z]*s", unit)
        for name in ("Tags", "SkuPriceDetails"):
            assert all(isinstance(v, str | int) for v in json.loads(charge[name] or "{}").values())
        assert all(key.startswith("x_") for key in json.loads(one.SkuPriceDetails or "{}"))
        assert one.ChargeCategory in ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
        assert one.ChargeFrequency in ("One-Time", "Recurring", "Usage-Based")
        assert one.PricingCategory in ("Standard", "Dynamic", "Committed", "Other")
        assert (one.ServiceCategory, one.ServiceSubcategory) == (
            "AI and Machine Learning",
            "Generative AI",
        )


def test_periods_enclose_what_was_charged(found: list[Charge]) -> None:
    for one in found:
        start, end, begin, stop = (
            datetime.fromisoformat(getattr(one, name))
            for name in (
                "BillingPeriodStart",
                "BillingPeriodEnd",
                "ChargePeriodStart",
                "ChargePeriodEnd",
            )
        )
        assert start <= begin < stop <= end
        assert (start.day, end.day, (stop - begin).days) == (1, 1, 1)
    assert {one.BillingPeriodEnd for one in found} == {
        "2026-12-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    }


def test_price_times_quantity_is_the_list_cost(found: list[Charge]) -> None:
    """To half a micro-cent for each call, by which lines are rounded."""
    for one in found:
        product = Decimal(one.ListUnitPrice) * Decimal(one.PricingQuantity)
        assert abs(product - Decimal(one.ListCost)) <= Decimal("5e-9") * int(one.x_Calls)
        assert {getattr(one, name) for name in COSTS} == {one.ListCost}


def test_a_price_of_a_sku_is_one_price_of_one_sku(found: list[Charge]) -> None:
    prices: dict[str, set[tuple[str, str, str]]] = {}
    for one in found:
        if one.x_PriceSource:
            held = prices.setdefault(one.SkuPriceId, set())
            held.add((one.SkuId, one.ListUnitPrice, one.SkuMeter))
    assert prices
    assert all(len(held) == 1 for held in prices.values())


def test_charges_are_all_that_was_charged(found: list[Charge]) -> None:
    priced = [event for event in (TOLD, *calls()) if event.cost is not None]
    assert len(priced) < 61
    due = sum(round(Decimal(event.cost or 0) * 10**8) for event in priced)
    assert sum(Decimal(one.BilledCost) for one in found) == Decimal(due) / 10**8
    tokens = sum(e.billed.all_input + e.billed.output for e in priced if e.billed)
    assert sum(Decimal(one.ConsumedQuantity) for one in found) == tokens
    told = [one for one in found if one.PricingUnit == "Charges"]
    assert [(one.ListCost, one.PricingQuantity, one.ServiceProviderName) for one in told] == [
        ("0.12500000", "1", "claude-code")
    ]


def test_no_more_is_held_than_a_day() -> None:
    def many() -> Iterator[UsageEvent]:
        for i in range(3):
            yield from (replace(one, at=NOON + i * 86_400) for one in calls())
            read.append(i)

    read: list[int] = []
    next(charges(many()))
    assert read == [0]
