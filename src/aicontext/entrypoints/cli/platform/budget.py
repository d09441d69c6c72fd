"""`aicontext budget`: what calls may cost."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from aicontext.domain.storage.records import Budget, Level, Period, Project, Team
from aicontext.domain.tenancy.budgets import Standing, Terms, amount, written
from aicontext.entrypoints.cli.platform.names import named
from aicontext.entrypoints.cli.words import table
from aicontext.wiring.platform import limits
from aicontext.wiring.platform.administration import Administration, administer
from aicontext.wiring.platform.storage import closed, run

if TYPE_CHECKING:
    from aicontext.services.enterprise.budgets.setting import BudgetService

Answer = TypeVar("Answer")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@click.group()
def budget() -> None:
    """Say what calls may cost, in money or in tokens.

    Calls are those through the proxy, and of the API. A hard budget lets no call through that it
    may not hold: the tool gets an error that says so. A soft one only warns.
    """


def _whose(context: click.Context, option: click.Parameter, text: str) -> tuple[Level, str]:
    """(the level, the owner's id) that is written as LEVEL:ID; a team and a project go by their
    short names too, a user by the address."""
    level, _, owner = text.partition(":")
    mine = limits.local_payer()
    if level in ("user", "organisation") and not owner:
        return Level(level), getattr(mine, level)
    if level in {one.value for one in Level} and re.fullmatch("[0-9a-f]{32}", owner):
        return Level(level), owner
    if owner and level in ("team", "project", "user"):
        return Level(level), administer(lambda on: _id_of(on, Level(level), owner))
    raise click.BadParameter(f"Give organisation, user, or one of {', '.join(Level)} with :ID.")


async def _id_of(on: Administration, level: Level, name: str) -> str:
    """Raises NotFound."""
    if level is Level.USER:
        return (await on.identity.users.named(on.by.organisation, name)).id
    if level is Level.TEAM:
        return (await named(on, Team, name)).id
    return (await named(on, Project, name)).id


_OF = click.option(
    "--of",
    "whose",
    metavar="LEVEL[:ID]",
    default="user",
    show_default=True,
    callback=_whose,
    help="Whose: user (this machine's), organisation, or team:NAME, project:NAME,"
    " user:ADDRESS, key:ID.",
)


@budget.command("set")
@_OF
@click.option("--hour", metavar="AMOUNT", help="In each hour, such as 200000tokens.")
@click.option("--day", metavar="AMOUNT", help="In each day, such as 5usd.")
@click.option("--month", metavar="AMOUNT", help="In each month.")
@click.option("--total", metavar="AMOUNT", help="In all.")
@click.option("--soft", is_flag=True, help="Only warn.")
@click.option("--warn-at", default=80, show_default=True, help="Percent spent at which to warn.")
@click.option("--zone", default="UTC", show_default=True, help="Whose calendar, as Europe/Berlin.")
@_JSON
def put(
    *,
    whose: tuple[Level, str],
    soft: bool,
    warn_at: int,
    zone: str,
    as_json: bool,
    **amounts: str | None,
) -> None:
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
            await service.set(mine.organisation, *whose, one)
        return list(await service.standing(mine.organisation))

    _show(_with(work), as_json)


@budget.command("list")
@_JSON
def show(as_json: bool) -> None:
    """Show what is spent, held for calls under way, and left."""

    async def work(service: BudgetService) -> list[Standing]:
        return list(await service.standing(limits.local_payer().organisation))

    _show(_with(work), as_json)


@budget.command()
@_OF
@click.option("--hour", "periods", flag_value="hour", multiple=True, help="Those of each hour.")
@click.option("--day", "periods", flag_value="day", multiple=True, help="Those of each day.")
@click.option("--month", "periods", flag_value="month", multiple=True, help="Those of each month.")
@click.option("--total", "periods", flag_value="total", multiple=True, help="Those in all.")
@_JSON
def clear(whose: tuple[Level, str], periods: tuple[str, ...], as_json: bool) -> None:
    """Take budgets away: of the periods named, else all."""

    async def work(service: BudgetService) -> list[Budget]:
        wanted = [Period(one) for one in periods]
        return list(await service.clear(limits.local_payer().organisation, *whose, wanted))

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


def _named(budget: Budget, own: str) -> str:
    """The period, and whose it is where that is not this machine's user."""
    return (
        budget.period if budget.owner == own else f"{budget.period}, {budget.level} {budget.owner}"
    )


def _show(standings: list[Standing], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"budgets": [one.as_dict() for one in standings]}))
        return
    if not standings:
        click.echo("There is no budget. Set one: aicontext budget set --day 5usd")
        return

    own = limits.local_payer().user
    rows = [
        (
            _named(one.budget, own),
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
