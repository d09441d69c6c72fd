"""`aicontext budget`: what calls through the proxy may cost."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aicontext.domain.storage.records import Budget, Level, Period, Unit
from aicontext.domain.tenancy.budgets import Standing, Terms, amount, written
from aicontext.domain.usage import dollars
from aicontext.entrypoints.cli.words import table
from aicontext.wiring.platform import limits
from aicontext.wiring.platform.storage import closed, run

if TYPE_CHECKING:
    from aicontext.services.enterprise.budgets.setting import BudgetService

Answer = TypeVar("Answer")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group()
def budget() -> None:
    """What calls through the proxy may cost, in money or in tokens.

    A hard budget lets no call through that it may not hold: the tool gets an error that says so. A
    soft one only warns.
    """


@budget.command("set")
@click.option("--hour", metavar="AMOUNT", help="In each hour, such as 200000tokens.")
@click.option("--day", metavar="AMOUNT", help="In each day, such as 5usd.")
@click.option("--month", metavar="AMOUNT", help="In each month.")
@click.option("--total", metavar="AMOUNT", help="In all.")
@click.option("--soft", is_flag=True, help="Only warn.")
@click.option("--warn-at", default=80, show_default=True, help="Percent spent at which to warn.")
@click.option("--zone", default="UTC", show_default=True, help="Whose calendar, as Europe/Berlin.")
@_JSON
def put(*, soft: bool, warn_at: int, zone: str, as_json: bool, **amounts: str | None) -> None:
    """Set a budget for a period, in the place of that of the same unit."""

    wanted = {Period(name): amount(text) for name, text in amounts.items() if text is not None}
    terms = [
        Terms(unit, period, number, hard=not soft, warn_at=warn_at, zone=zone)
        for period, (unit, number) in wanted.items()
    ]
    if not terms:
        raise click.UsageError("Say how much: --hour, --day, --month or --total.")

    mine = limits.local_payer()

    async def work(service: BudgetService) -> list[Standing]:
        for one in terms:
            await service.set(mine.organisation, Level.USER, mine.user, one)
        return list(await service.standing(mine.organisation))

    _show(_with(work), as_json)


@budget.command("list")
@_JSON
def show(as_json: bool) -> None:
    """What is spent, held for calls under way, and left."""

    async def work(service: BudgetService) -> list[Standing]:
        return list(await service.standing(limits.local_payer().organisation))

    _show(_with(work), as_json)


@budget.command()
@click.option("--hour", "periods", flag_value="hour", multiple=True, help="Those of each hour.")
@click.option("--day", "periods", flag_value="day", multiple=True, help="Those of each day.")
@click.option("--month", "periods", flag_value="month", multiple=True, help="Those of each month.")
@click.option("--total", "periods", flag_value="total", multiple=True, help="Those in all.")
@_JSON
def clear(periods: tuple[str, ...], as_json: bool) -> None:
    """Take budgets away: of the periods named, else all."""

    async def work(service: BudgetService) -> list[Budget]:
        wanted = [Period(one) for one in periods]
        mine = limits.local_payer()
        return list(await service.clear(mine.organisation, Level.USER, mine.user, wanted))

    gone = _with(work)
    if as_json:
        click.echo(json.dumps({"cleared": [one.period for one in gone]}))
    else:
        said = ", ".join(f"{one.period} ({one.unit})" for one in gone)
        click.echo(f"Cleared: {said}." if gone else "There was none.")


def _with(work: Callable[[BudgetService], Awaitable[Answer]]) -> Answer:
    """What the work gives, with the budgets of this machine's user."""

    async def go() -> Answer:
        async with closed(await limits.budget_service()) as service:
            return await work(service)

    return run(go())


def _show(standings: list[Standing], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"budgets": [_told(one) for one in standings]}))
        return
    if not standings:
        click.echo("There is no budget. Set one: aicontext budget set --day 5usd")
        return

    rows = [
        (
            one.budget.period,
            "hard" if one.budget.hard else f"soft, warns at {one.budget.warn_at} %",
            *(
                written(number, one.budget.unit)
                for number in (one.budget.amount, one.spent, one.held, one.left)
            ),
            f"{one.ends_at:%Y-%m-%d %H:%M} UTC" if one.ends_at else "never",
        )
        for one in standings
    ]
    head = ("each", "", "budget", "spent", "under way", "left", "begins anew")
    click.echo("\n".join(table([head, *rows], (2, 3, 4, 5))))


def _told(one: Standing) -> dict[str, Any]:
    """For programs: money in US dollars."""

    budget = one.budget
    usd = budget.unit is Unit.MONEY
    numbers = {"amount": budget.amount, "spent": one.spent, "held": one.held, "left": one.left}
    return {
        "period": budget.period,
        "unit": "usd" if usd else "tokens",
        **{name: dollars(value) if usd else value for name, value in numbers.items()},
        "hard": budget.hard,
        "warn_at": budget.warn_at,
        "zone": budget.zone,
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.ends_at.isoformat() if one.ends_at else None,
    }
