"""Callers who show a key or an access token of the platform, and are held to what is theirs."""

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from identity_stand import Stand

from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.domain.storage.records import (
    Level,
    Period,
    Project,
    Role,
    Team,
    TeamMember,
    Unit,
    User,
)
from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tenancy.budgets import Terms
from aicontext.entrypoints.proxy.budgets import ProxyBudgets
from aicontext.kit.ids import time_ordered
from aicontext.services.enterprise.identity.keys import Wanted
from aicontext.settings import Settings, load
from aicontext.wiring.platform import limits
from aicontext.wiring.platform.admission import admission
from aicontext.wiring.telemetry import Telemetry

BODY = json.dumps(
    {
        "model": "claude-sonnet-4-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}],
    }
).encode()
BILLED = b'{"type":"message","usage":{"input_tokens":900,"output_tokens":100}}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(BILLED),
    BILLED,
)


@dataclass
class Accounts:
    """An organisation with a member, Ada, of one team, and a project."""

    stand: Stand
    ada: Principal
    team: str
    project: str

    async def key(self, **given: Any) -> str:
        return (await self.issued(**given)).secret

    async def issued(self, **given: Any) -> Any:
        wanted = Wanted(name="test", **given)
        return await self.stand.services.keys.create(self.ada, wanted)

    def id_of(self, level: Level) -> str:
        ids = {Level.ORGANISATION: self.ada.organisation, Level.USER: self.ada.user}
        return (ids | {Level.TEAM: self.team, Level.PROJECT: self.project})[level]


async def made(home: Path) -> Accounts:
    """Over real records, as another process would make them."""
    records = SqliteRecords(home / "records.db")
    await records.migrate()
    stand = Stand(records, home, time.time())
    ada = await stand.person(Role.MEMBER)
    ids = {"organisation": ada.organisation, "created_at": stand.clock.utc()}
    team, project = time_ordered(stand.at), time_ordered(stand.at)
    await stand.add(
        Team(id=team, name="Tools", slug="tools", **ids),
        TeamMember(id=time_ordered(stand.at), team=team, user=ada.user, **ids),
        Project(id=project, name="Shop", slug="shop", **ids),
    )
    return Accounts(stand, ada, team, project)


async def closed(accounts: Accounts) -> None:
    accounts.stand.close()
    await accounts.stand.records.close()


@pytest.fixture
def guarded(make_stage, tmp_path: Path):
    """A proxy that the accounts' keys open. options: of the proxy; settings: beside its home."""

    def made_with(options: dict[str, Any] | None = None, **settings: Any):
        chosen = Settings(tmp_path, **settings)
        return make_stage(
            options or {},
            budgets=ProxyBudgets(limits.spending(chosen), limits.local_payer()),
            admission=admission(chosen, Telemetry()),
        )

    return made_with


def played(stage, home: Path, scenario) -> None:
    async def whole(world) -> None:
        accounts = await made(home)
        try:
            await scenario(world, accounts)
        finally:
            await closed(accounts)

    stage.play(whole, ANSWER)


def asked(world, shown: str, *headers: str, target: str = "/p/tagged/v1/messages") -> bytes:
    return world.post(target, BODY, f"x-aicontext-token: {shown}", *headers)


def test_a_call_is_on_account_of_who_shows_the_key(guarded, tmp_path: Path) -> None:
    async def scenario(world, accounts) -> None:
        ada = accounts.ada
        assert b" 200 " in await world.send(asked(world, await accounts.key()))
        owner = (await world.event()).owner
        assert (owner.organisation, owner.team, owner.user) == (
            ada.organisation,
            accounts.team,
            ada.user,
        )
        shown = await accounts.issued()
        await world.send(asked(world, shown.secret))
        assert (await world.event(2)).key == shown.key.id
        assert world.events[0].key not in ("", shown.key.id)
        assert world.events[0].caller.project == "tagged"
        assert not world.events[0].caller.local
        of_project = await accounts.key(project=accounts.project)
        await world.send(asked(world, of_project))
        assert (await world.event(3)).caller.project == accounts.project
        assert b" 200 " in await world.send(world.post("/v1/messages", BODY))
        assert (await world.event(4)).owner.organisation == (await world.event(4)).key == ""
        assert all(b"aic_" not in one.head for one in world.upstream.seen)

    played(guarded(), tmp_path, scenario)


def test_of_who_shows_a_key_nothing_is_left_out(guarded, tmp_path: Path) -> None:
    """Originals are kept for the machine's own user alone."""
    lines = "".join(f"2026-01-01 00:00:{i % 60:02d} INFO {i} all is well\n" for i in range(300))
    fetch = {"name": "mcp__aicontext__retrieve", "input_schema": {"type": "object"}}
    use = {"type": "tool_use", "id": "t", "name": "Run", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": lines}
    talk = [
        {"role": "user", "content": "Find out why it fails."},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    body = json.dumps({**json.loads(BODY), "messages": talk, "tools": [fetch]}).encode()

    async def scenario(world, accounts) -> None:
        header = f"x-aicontext-token: {await accounts.key()}"
        await world.send(world.post("/v1/messages", body))
        await world.send(world.post("/v1/messages", body, header))
        await world.event(2)
        own, theirs = (one.body for one in world.upstream.seen)
        assert b"INFO 150 all" not in own
        assert theirs == body

    played(guarded(), tmp_path, scenario)


def test_an_access_token_does_as_well(guarded, tmp_path: Path) -> None:
    async def scenario(world, accounts) -> None:
        user = await _user(accounts)
        tokens = await accounts.stand.services.sessions.start(user, strong=True)
        assert b" 200 " in await world.send(asked(world, tokens.access))
        assert (await world.event()).owner.user == accounts.ada.user
        head, body, signature = tokens.access.split(".")
        for bad in (f"{head}.{body}.", f"{head}.{body[:-2]}AA.{signature}", f"{head}.{body}"):
            assert b" 401 " in await world.send(asked(world, bad))
        assert len(world.upstream.seen) == 1

    played(guarded(), tmp_path, scenario)


async def _user(accounts: Accounts) -> User:
    async with accounts.stand.records.transaction(accounts.ada.organisation) as transaction:
        return await transaction.get(User, accounts.ada.user)


def test_who_may_not_call_models_does_not(guarded, tmp_path: Path) -> None:
    async def scenario(world, accounts) -> None:
        keys = accounts.stand.services.keys
        good = await accounts.key()
        revoked = await accounts.issued()
        await keys.revoke(accounts.ada.organisation, revoked.key.id)
        viewer = await accounts.stand.person(Role.VIEWER, of=accounts.ada.organisation)
        seeing = await keys.create(viewer, Wanted(name="test"))
        reading = await accounts.key(scopes=("context:read",))
        elsewhere = await accounts.key(networks=("203.0.113.0/24",))
        for shown, status in (
            (revoked.secret, b" 401 "),
            (good[:-1] + ("0" if good[-1] != "0" else "1"), b" 401 "),
            ("aic_", b" 401 "),
            (seeing.secret, b" 403 "),
            (reading, b" 403 "),
            (elsewhere, b" 403 "),
        ):
            for target in ("/v1/messages", "/v1/messages/count_tokens", "/v1/models"):
                answer = await world.send(asked(world, shown, target=target))
                assert status in answer.splitlines()[0], (shown, target)
                assert shown.encode() == b"aic_" or shown.encode() not in answer
        assert world.upstream.seen == []
        refused = await world.send(asked(world, reading, "anthropic-version: 1"))
        assert b'"permission_error"' in refused
        assert b"context:write" in refused

    played(guarded(), tmp_path, scenario)


@pytest.mark.parametrize("level", [*Level], ids=str)
def test_budgets_of_every_level_hold(guarded, tmp_path: Path, level: Level) -> None:
    async def scenario(world, accounts) -> None:
        issued = await accounts.issued(project=accounts.project)
        owner = issued.key.id if level is Level.KEY else accounts.id_of(level)
        service = await limits.budget_service(Settings(tmp_path))
        organisation = accounts.ada.organisation
        terms = Terms(Unit.MONEY, Period.TOTAL, 3_000_000)  # Three cents.
        await service.set(organisation, level, owner, terms)
        answers = await asyncio.gather(
            *(world.send(asked(world, issued.secret)) for _ in range(12))
        )
        passed = sum(b" 200 " in one.splitlines()[0] for one in answers)
        assert 1 <= passed == len(world.upstream.seen) < 12
        assert sum(b" 402 " in one.splitlines()[0] for one in answers) == 12 - passed
        event = await world.event(12)
        assert event.owner.user == accounts.ada.user
        cost = max(one.cost or 0.0 for one in world.events)
        await _booked(service, organisation, round(cost * 1e8) * passed)
        assert b" 200 " in await world.send(world.post("/v1/messages", BODY))  # The machine's own.
        await service.close()

    played(guarded(), tmp_path, scenario)


async def _booked(service, organisation: str, amount: int) -> None:
    """Once nothing is held, just that is spent."""
    while True:
        (found,) = await service.standing(organisation)
        if not found.held:
            assert found.spent == amount <= found.budget.amount
            return
        await asyncio.sleep(0.02)


def test_limits_hold_who_shows_a_key(guarded, tmp_path: Path) -> None:
    rules = load({"AICONTEXT_HOME": str(tmp_path), "AICONTEXT_RATE_LIMITS": "user=2/60"})

    async def scenario(world, accounts) -> None:
        first, second = await accounts.key(), await accounts.key()
        for shown in (first, second):
            assert b" 200 " in await world.send(asked(world, shown))
        refused = await world.send(asked(world, first, "anthropic-version: 1"))
        assert b" 429 " in refused.splitlines()[0]
        assert b"Retry-After: " in refused
        assert b'"rate_limit_error"' in refused
        assert b" 200 " in await world.send(world.post("/v1/messages", BODY))

    played(guarded(rate_limits=rules.rate_limits), tmp_path, scenario)


def test_a_key_opens_what_wants_a_token_but_not_the_machines_own_pages(
    guarded, tmp_path: Path
) -> None:
    async def scenario(world, accounts) -> None:
        shown = await accounts.key()
        assert b" 401 " in await world.send(world.post("/v1/messages", BODY))
        assert b" 200 " in await world.send(asked(world, shown))
        assert b" 200 " in await world.send(asked(world, "token"))
        header = f"x-aicontext-token: {shown}"
        assert b" 200 " in await world.send(world.get("/aicontext/health", header))
        for page in ("savings", "metrics", "retrieve/abcdefabcdef", "hooks/x/y"):
            assert b" 403 " in await world.send(world.get(f"/aicontext/{page}", header))

    played(guarded({"token": "token"}), tmp_path, scenario)


def test_where_nobody_has_an_account_no_key_is_good_and_nothing_is_made(
    guarded, tmp_path: Path
) -> None:
    async def scenario(world) -> None:
        assert b" 401 " in await world.send(asked(world, "aic_x"))
        assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - the test owns the loop
        assert b" 200 " in await world.send(world.post("/v1/messages", BODY))

    guarded().play(scenario, ANSWER)
