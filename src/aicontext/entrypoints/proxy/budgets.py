"""Holding calls to the budgets of who pays for them."""

from __future__ import annotations

import asyncio

from aicontext.domain.errors import OverBudget, Unavailable
from aicontext.domain.tenancy.budgets import Amounts, Payer
from aicontext.engine.estimate.catalogue import model
from aicontext.entrypoints.proxy.calls import Call
from aicontext.entrypoints.proxy.message.problems import Problem
from aicontext.services.enterprise.budgets.costs import most
from aicontext.services.enterprise.budgets.spending import Spending

_MIB = 2**20


class ProxyBudgets:
    """payer: of calls without a credential."""

    def __init__(self, spending: Spending, payer: Payer) -> None:
        self._spending = spending
        self._payer = payer

    async def concern(self, call: Call) -> bool:
        """Whether any holds the call, and so may refuse it. Raises Problem where that cannot be
        known."""
        try:
            return await self._spending.concerns(self._payer_of(call))
        except Unavailable as error:
            raise _unknown(call, error) from None

    async def hold(self, call: Call, body: bytes, *, free: bool) -> None:
        """Hold what the call may cost, before it goes out. body: as it does. free: where its price
        is not known it costs nothing. Raises Problem where a hard budget has no room, or where it
        cannot be known whether one has."""
        try:
            amounts, priced = await _most(call, body)
            payer = self._payer_of(call)
            await self._spending.reserve(payer, call.id, amounts, priced=priced or free)
        except OverBudget as error:
            call.refuse("no room in a budget: see aicontext budget list")
            raise Problem(402, error.code, f"{error} See: aicontext budget list.") from None
        except Unavailable as error:
            raise _unknown(call, error) from None
        call.held_most = amounts

    def settle(self, call: Call) -> None:
        """Book what it took; all that was held where a provider that answered does not tell."""
        if call.held_most is not None:
            unknown = call.held_most if call.answered else Amounts()
            self._spending.settle(call.id, call.took or unknown)

    async def close(self) -> None:
        await self._spending.close()

    def _payer_of(self, call: Call) -> Payer:
        return Payer.of(call.principal) if call.principal else self._payer


def _unknown(call: Call, error: Unavailable) -> Problem:
    call.refuse("whether a budget has room could not be known")
    return Problem(503, "budgets_unavailable", str(error))


async def _most(call: Call, body: bytes) -> tuple[Amounts, bool]:
    forwarding = call.forwarding
    assert forwarding is not None
    known = model(forwarding.model or call.model, call.upstream)
    if len(body) > _MIB:
        return await asyncio.to_thread(most, known, body, forwarding.sent_tokens, call.at)
    return most(known, body, forwarding.sent_tokens, call.at)
