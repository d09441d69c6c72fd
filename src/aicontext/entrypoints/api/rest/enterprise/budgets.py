"""What tenants, and whoever belongs to them, may spend."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Security
from pydantic import BaseModel, Field

from aicontext.domain.errors import NotFound
from aicontext.domain.storage.records import Budget, Level, Period, Unit
from aicontext.domain.tenancy.access import Principal, Resource
from aicontext.domain.tenancy.budgets import Terms
from aicontext.domain.usage import MICRO_CENTS
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.listing import Id, Taken
from aicontext.services.enterprise.budgets.setting import BudgetService

_READ = Guarded("budgets:read", "budget")
Reader = Annotated[Principal, Security(_READ)]
Writer = Annotated[Principal, Security(Guarded("budgets:write", "budget"))]

routes = router("enterprise", "/api/v1/enterprise/budgets")

_Unit = Literal["tokens", "usd"]


class BudgetTerms(Taken):
    """amount: tokens, or US dollars, in each period. hard: no call is let through that it may not
    hold; else it only warns. warn_at: percent spent. zone: whose calendar, as Europe/Berlin."""

    unit: _Unit
    period: Period
    amount: float = Field(gt=0, le=1e9)
    hard: bool = True
    warn_at: int = Field(80, ge=1, le=100)
    zone: str = Field("UTC", min_length=1, max_length=64)


class BudgetState(BaseModel):
    """A budget in its present period. owner: the id of what the level names. spent: by calls that
    ended; held: that calls under way may yet spend. ends_at: when it begins anew; null: never."""

    level: Level
    owner: str
    unit: _Unit
    period: Period
    amount: float
    spent: float
    held: float
    left: float
    hard: bool
    warn_at: int
    zone: str
    starts_at: datetime
    ends_at: datetime | None


class BudgetStates(BaseModel):
    items: Sequence[BudgetState]


async def _service(request: Request) -> BudgetService:
    found: BudgetService = request.app.state.parts.budgets
    return found


Service = Annotated[BudgetService, Depends(_service)]


@routes.get("")
async def list_budgets(request: Request, who: Reader, service: Service) -> BudgetStates:
    """Budgets that the caller may see, as they stand: the organisation's, their own, their key's
    and their teams'; all, for those who set them."""
    found = await service.standing(who.organisation)
    seen = [one for one in found if _READ.may(request, _about(who, one.budget))]
    return BudgetStates(items=[BudgetState(**one.as_dict()) for one in seen])


@routes.put("/{level}/{owner}")
async def set_budget(
    who: Writer, service: Service, level: Level, owner: Id, terms: BudgetTerms
) -> BudgetState:
    """The owner's only budget of that unit and period; what was spent of it goes on counting."""
    unit, scale = (Unit.MONEY, MICRO_CENTS) if terms.unit == "usd" else (Unit.TOKENS, 1)
    given = terms.model_dump() | {"unit": unit, "amount": round(terms.amount * scale)}
    made = await service.set(who.organisation, level, owner, Terms(**given))
    for one in await service.standing(who.organisation):
        if one.budget.id == made.id:
            return BudgetState(**one.as_dict())
    raise NotFound("The budget was taken away meanwhile.")


@routes.delete("/{level}/{owner}", status_code=204)
async def clear_budgets(
    who: Writer,
    service: Service,
    level: Level,
    owner: Id,
    period: Annotated[list[Period], Query(max_length=4, description="All without one.")] = [],  # noqa: B006
) -> None:
    """Takes the owner's budgets away."""
    if not await service.clear(who.organisation, level, owner, period):
        raise NotFound("There is no such budget.")


def _about(who: Principal, budget: Budget) -> Resource:
    """Whose it is: of a user, a team, or of everybody; a key's and a project's are for those who
    come by them."""
    level, owner, team = budget.level, budget.owner, ""
    if level is Level.ORGANISATION:
        owner = ""
    elif level is Level.TEAM:
        owner, team = "", budget.owner
    elif owner in (who.credential_id, who.project):
        owner = who.user
    return Resource(
        kind="budget",
        organisation=budget.organisation,
        id=budget.id,
        owner=owner,
        team=team,
        project=who.project,
    )
