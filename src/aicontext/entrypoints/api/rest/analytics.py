"""What was used and saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request, Response, Security
from pydantic import BaseModel, JsonValue

from aicontext.domain.analytics.usage import HOUR, Dimension, Grain, UsageQuery
from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import By
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.listing import Moment
from aicontext.entrypoints.api.rest.threads import in_thread

Here = Annotated[Principal, Security(Guarded("analytics:read", "savings", own=True, here=True))]
MINE = Guarded("usage:read", "usage", own=True)
Reader = Annotated[Principal, Security(MINE)]
_DAY = 86_400.0

routes = router("analytics", "/api/v1/analytics")


class Whose(StrEnum):
    MINE = "mine"
    ORGANISATION = "organisation"


class Figures(BaseModel):
    """Of calls; money in US dollars, null where no call has a known price."""

    calls: int
    failed: int
    reported: int
    direct_tokens: int
    sent_tokens: int
    saved_tokens: int
    input: int
    cache_read: int
    cache_write: int
    cache_write_1h: int
    output: int
    priced: int
    cost: float | None
    direct_cost: float | None
    saved: float | None


class UsageShown(BaseModel):
    """rows: the figures by time and what was asked for. imported: of the total, calls that did not
    come through us. unpriced: calls without a known price, by model. compared: with sessions that
    were left alone. lost: calls that could not be recorded. since, until: seconds since the epoch,
    null where open."""

    by: list[Dimension]
    grain: Grain
    since: float | None
    until: float | None
    total: Figures
    rows: list[dict[str, JsonValue]]
    imported: Figures
    unpriced: dict[str, int]
    compared: JsonValue
    lost: int


_Values = Annotated[Sequence[str], Query(max_length=50)]


async def _only(model: _Values = (), key: _Values = ()) -> Mapping[Dimension, Sequence[str]]:
    """Those of which usage is asked for."""
    named = {Dimension.MODEL: model, Dimension.KEY: key}
    return {dimension: values for dimension, values in named.items() if values}


Only = Annotated[Mapping[Dimension, Sequence[str]], Depends(_only)]


@routes.get("/usage", response_model=UsageShown)
async def get_usage(
    request: Request,
    who: Reader,
    *,
    by: Annotated[Sequence[Dimension], Query(max_length=4)] = (Dimension.MODEL,),
    grain: Grain = Grain.WHOLE,
    since: Moment | None = None,
    until: Moment | None = None,
    whose: Whose = Whose.MINE,
    only: Only,
) -> Response:
    """What was used and what it cost, by anything: of the last week, in whole hours, unless `since`
    says."""
    parts = request.app.state.parts
    begin = since.timestamp() if since else (parts.clock.now() - 7 * _DAY) // HOUR * HOUR
    end = until.timestamp() if until else float("inf")
    if begin >= end:
        raise InvalidInput("`until` is not after `since`.")
    if whose is Whose.ORGANISATION:
        # What each of them used is nobody's own and not everybody's.
        MINE.check(request, owner=who.organisation)
    where = {**only, **_owned(who, whose)}
    query = UsageQuery(
        since=begin, until=end, by=tuple(dict.fromkeys(by)), grain=grain, where=where
    )
    owner = who.user if whose is Whose.MINE else who.organisation
    found = await parts.reports.usage(owner, query, partial(in_thread, request))
    return Response(found, media_type="application/json")


@routes.get("/savings")
async def savings(
    request: Request,
    who: Here,
    by: By = By.TOOL,
    days: Annotated[int, Query(ge=1, le=3_650)] = 7,
) -> dict[str, JsonValue]:
    """What calls through the server's own proxy cost and saved: tokens, money, caches."""
    parts = request.app.state.parts
    since = parts.clock.now() - days * _DAY
    found: dict[str, JsonValue] = await in_thread(
        request, lambda: parts.savings(by, since).as_dict()
    )
    return found


def _owned(who: Principal, whose: Whose) -> Mapping[Dimension, Sequence[str]]:
    """The events of a person on their own machine do not say whose they are."""
    if who.credential is Credential.LOCAL:
        return {}
    mine = {Dimension.USER: [who.user]} if whose is Whose.MINE else {}
    return {Dimension.ORGANISATION: [who.organisation], **mine}
