"""Keys, users and teams, as the administrator of a machine handles them."""

import asyncio
import json
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from aicontext import settings
from aicontext.domain.errors import Unauthenticated
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.cli.app import main
from aicontext.services.enterprise.identity.accounts.service import Profile
from aicontext.wiring import stores
from aicontext.wiring.platform.identity import Identity, identity


def told(*words: str) -> dict[str, Any]:
    """What a command tells programs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["aicontext", *words, "--json"])
        output = CliRunner().invoke(main, [*words, "--json"]).output
    found: dict[str, Any] = json.loads(output)
    return found


def run(*words: str) -> dict[str, Any]:
    """The same of a command that may be given twice, which tells people something too."""
    assert CliRunner().invoke(main, words).output.strip()
    return told(*words)


def with_server(use: Any) -> Any:
    """What a server over the same files does."""

    async def go() -> Any:
        chosen = settings.load()
        records, cache = stores.records(chosen), stores.cache(chosen)
        known = identity(chosen, records, cache)
        try:
            return await use(known)
        finally:
            known.close()
            await records.close()

    return asyncio.run(go())


def who(key: str) -> Principal:
    async def use(known: Identity) -> Principal:
        return await known.authentication.authenticate(f"Bearer {key}", "203.0.113.7")

    found: Principal = with_server(use)
    return found


def test_a_key_is_made_listed_rotated_and_revoked() -> None:
    made = told("keys", "create", "ci", "--scope", "context:read", "--days", "9")
    assert who(made["secret"]).scopes == {"context:read"}
    listed = run("keys", "list")["keys"]
    assert [(one["name"], one["scopes"]) for one in listed] == [("ci", ["context:read"])]
    assert made["secret"] not in json.dumps(listed)
    turned = told("keys", "rotate", made["key"]["id"], "--hours", "0")
    assert who(turned["secret"])
    with pytest.raises(Unauthenticated):
        who(made["secret"])
    assert run("keys", "revoke", turned["key"]["id"])["key"]["revoked_at"]
    with pytest.raises(Unauthenticated):
        who(turned["secret"])
    for bad in (("revoke", "x"), ("revoke", "f" * 32), ("create", "ci", "--scope", "Bad")):
        assert told("keys", *bad)["error"]["code"] in ("invalid_input", "not_found")
    plain = CliRunner().invoke(main, ["keys", "create", "plain"])
    assert plain.stdout.startswith("aic_")
    assert len(plain.stdout.split()) == 1


def test_people_and_programs_are_added_changed_and_closed() -> None:
    robot = told("users", "service", "robot")["user"]
    key = told("keys", "create", "bot", "--user", robot["id"])
    assert who(key["secret"]).role == "service"
    told("users", "close", robot["id"])
    with pytest.raises(Unauthenticated):
        who(key["secret"])
    told("users", "reopen", robot["id"])
    assert who(key["secret"])
    name = "URI:spiffe://example.org/ci"
    assert told("users", "certificate", robot["id"], name)["good"]
    assert told("users", "certificate", robot["id"], name)["error"]["code"] == "conflict"
    assert not told("users", "certificate", robot["id"], name, "--remove")["good"]
    assert told("users", "role", robot["id"], "owner")["error"]["code"] == "invalid_input"
    assert told("users", "close", "local@localhost")["error"]["code"] == "conflict"
    assert told("users", "role", "nobody@example.org", "admin")["error"]["code"] == "not_found"
    assert {one["role"] for one in run("users", "list")["users"]} == {"owner", "service"}


def test_links_make_the_first_account_and_those_after_it() -> None:
    first = told("users", "claim")
    assert first["address"] == f"http://localhost:8788/setup?link={first['link']}"
    profile = Profile(email="ada@example.org", name="Ada", password="correct horse battery")

    async def claim(known: Identity) -> None:
        await known.accounts.claim(first["link"], profile)

    with_server(claim)
    assert CliRunner().invoke(main, ["users", "claim"]).exit_code == 1
    invited = told("users", "invite", "bob@example.org", "--role", "viewer")

    async def join(known: Identity) -> None:
        await known.accounts.accept(invited["link"], "Bob", "correct horse battery")

    with_server(join)
    again = told("users", "reset", "bob@example.org", "--factors")
    assert "/reset?link=" in again["address"]
    told("users", "invite", "eve@example.org")
    (eve,) = told("users", "invitations")["invitations"]
    assert (eve["email"], eve["role"]) == ("eve@example.org", "member")
    assert told("users", "uninvite", eve["id"])["withdrawn"] == eve["id"]
    assert told("users", "uninvite", eve["id"])["error"]["code"] == "not_found"
    assert told("users", "invitations")["invitations"] == []


def test_a_team_from_its_making_to_its_end() -> None:
    assert told("teams", "create", "core", "--name", "The core")["team"]["slug"] == "core"
    assert told("teams", "create", "core")["error"]["code"] == "conflict"
    assert told("teams", "create", "Not A Slug")["error"]["code"] == "invalid_input"
    told("teams", "add", "core", "local@localhost", "--role", "viewer")
    (team,) = run("teams", "list")["teams"]
    assert [one["role"] for one in team["members"]] == ["viewer"]
    told("teams", "remove", "core", "local@localhost")
    assert told("teams", "delete", "core")["team"] == {"slug": "core"}
    assert run("teams", "list")["teams"] == []


def test_a_project_from_its_making_to_its_end() -> None:
    core = told("teams", "create", "core")["team"]["id"]
    shop = told("projects", "create", "shop", "--name", "The shop", "--team", "core")["project"]
    assert (shop["slug"], shop["name"], shop["team"]) == ("shop", "The shop", core)
    assert told("projects", "create", "shop")["error"]["code"] == "conflict"
    assert told("projects", "create", "A Shop")["error"]["code"] == "invalid_input"
    assert told("projects", "create", "b", "--team", "none")["error"]["code"] == "not_found"
    assert told("teams", "delete", core)["error"]["code"] == "conflict"
    changed = told("projects", "change", "shop", "--slug", "store", "--team", "")["project"]
    assert changed == {**shop, "slug": "store", "team": ""}
    assert run("projects", "list")["projects"] == [changed]
    for name in ("store", shop["id"]):
        made = told("keys", "create", "ci", "--project", name)
        assert made["key"]["project"] == shop["id"]
    assert told("keys", "create", "ci", "--project", "shop")["error"]["code"] == "not_found"
    shown = CliRunner().invoke(main, ["projects", "list"]).output
    assert shown.splitlines()[1].split() == ["store", "The", "shop", "-", shop["id"]]
    assert told("projects", "delete", "store")["project"] == changed
    assert [run("projects", "list"), run("keys", "list")] == [{"projects": []}, {"keys": []}]
    assert "Make one" in CliRunner().invoke(main, ["projects", "list"]).output
    nothing = CliRunner().invoke(main, ["projects", "change", "store"])
    assert (nothing.exit_code, "Say what changes" in nothing.output) == (2, True)
