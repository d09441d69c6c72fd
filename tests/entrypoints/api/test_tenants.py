"""Nobody sees or changes what is another's: every route, asked with their ids."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from aicontext.domain.storage.records import Organisation, Role, User
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.services.enterprise.identity.keys import Wanted
from aicontext.services.enterprise.identity.local import LOCAL_ORGANISATION, LOCAL_USER

CONTRACT = json.loads(
    (Path(__file__).parents[3] / "contracts" / "openapi.json").read_text(encoding="utf-8")
)
SECRET = "zebra-crossing"
"""Stands in all that the first tenant has."""

SENSITIVE = ("clients:write", "factors:write", "keys:write", "organisation:write", "users:write")


@dataclass
class Tenant:
    """ids: by the names that addresses give them."""

    headers: Mapping[str, str]
    ids: Mapping[str, str]


def _person(api, role: Role, organisation: str = "") -> Mapping[str, str]:
    """The header of a new user, in a new organisation or in one."""

    async def made() -> str:
        at, id_ = datetime.now(UTC), api.parts.new_id
        of = organisation or id_(at.timestamp())
        user = id_(at.timestamp())
        async with api.parts.records.transaction(None) as transaction:
            if not organisation:
                await transaction.add(
                    Organisation(id=of, organisation=of, created_at=at, name="Other", slug=of)
                )
            email = f"{user}@example.org"
            await transaction.add(
                User(id=user, organisation=of, created_at=at, email=email, name="O", role=role)
            )
        who = Principal(
            organisation=of,
            user=user,
            role=role,
            credential=Credential.LOCAL,
            scopes=frozenset({"*"}),
        )
        issued = await api.parts.keys.create(who, Wanted(name="probe", scopes=("*", *SENSITIVE)))
        return issued.secret

    return {"authorization": f"Bearer {api.do(made())}"}


async def _session(api) -> str:
    """A sign-in of the local user."""
    async with api.parts.records.transaction(LOCAL_ORGANISATION) as transaction:
        user = await transaction.get(User, LOCAL_USER)
    await api.parts.sessions.start(user, strong=True)
    return (await api.parts.sessions.all(LOCAL_ORGANISATION, LOCAL_USER))[0].id


@pytest.fixture(scope="module")
def first(api) -> Tenant:
    """The tenant whose things are asked for, with one of each."""

    def made(path: str, body: Any) -> Any:
        found = api.ask("POST", f"/api/v1/{path}", body)
        assert found.status in (200, 201, 202), found.body
        return found.json

    team = made("enterprise/teams", {"name": SECRET, "slug": f"a{uuid4().hex}"})["id"]
    made(f"enterprise/teams/{team}/members", {"user": LOCAL_USER})
    project = made("enterprise/projects", {"name": SECRET, "slug": f"a{uuid4().hex}"})["id"]
    log = f"{SECRET}\n" + "\n".join(f"12:00 INFO request {i}" for i in range(900))
    result = made("context/optimize", {"context": log, "budget": 300, "query": SECRET})
    made("context/similar", {"context": log, "path": SECRET, "keep": True})
    operation = made("context/batches", {"items": [{"context": SECRET}]})["id"]
    for scope in ("settings", "enterprise/settings"):
        api.ask("PUT", f"/api/v1/{scope}/probe", {"value": SECRET})
    terms = {"unit": "usd", "period": "month", "amount": 1e6}
    api.ask("PUT", f"/api/v1/enterprise/budgets/team/{team}", terms)
    key = made("keys", {"name": SECRET, "scopes": ["context:read"]})["key"]["id"]
    program = {"name": SECRET, "scopes": ["*"], "redirects": ["https://ide.example/"]}
    client = made("clients", program)["client"]["id"]
    factor = made("auth/factors/codes", {"name": SECRET})["id"]
    made("auth/invitations", {"email": f"{SECRET}@example.org"})
    invitation = api.ask("GET", "/api/v1/auth/invitations?limit=1").json["items"][0]["id"]
    ids = {
        "team": team,
        "user": LOCAL_USER,
        "project": project,
        "original": result["optimizations"][0]["handle"],
        "operation": operation,
        "setting": "probe",
        "key": key,
        "client": client,
        "factor": factor,
        "invitation": invitation,
        "session": api.do(_session(api)),
        "tool": "claude-code",
        "sender": "jenkins",
        "name": "none",
        "level": "team",
        "owner": team,
    }
    return Tenant({}, ids)


def _example(schema: Mapping[str, Any], ids: Mapping[str, str], name: str = "") -> Any:
    """A small value that fits the schema, with the first tenant's ids where ids may stand."""
    if "$ref" in schema:
        schema = CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], ids, name)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    if kind == "object":
        wanted = {*schema.get("required", ()), *({"team"} & set(schema.get("properties", ())))}
        return {key: _example(schema["properties"][key], ids, key) for key in sorted(wanted)}
    if kind == "array":
        return [_example(schema["items"], ids)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return max(500, schema.get("minimum", 0))
    if kind == "boolean":
        return False
    return ids.get(name, f"a{uuid4().hex}")


def _probes(ids: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
    for path, methods in CONTRACT["paths"].items():
        for method, operation in methods.items():
            body = None
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                body = _example(schema, ids)
            yield method.upper(), path.format(**ids), body


def _mine(api) -> list[Any]:
    """All that the first tenant has, as it sees it."""
    lists = ("teams", "projects", "budgets", "settings")
    lists = (*(f"enterprise/{one}" for one in lists), "keys", "settings")
    return [list(api.ask("GET", f"/api/v1/{path}?limit=200").json["items"]) for path in lists]


def _leaks(api, first: Tenant, headers: Mapping[str, str], *marks: str) -> list[str]:
    """The probes that succeeded, or were refused, with one of the marks in the answer."""
    found = []
    for method, path, body in _probes(first.ids):
        answer = api.ask(method, path, body, headers)
        assert answer.status < 500, (method, path, answer.body)
        told = answer.body.decode("utf-8", "replace")
        if any(mark in told for mark in marks):
            found.append(f"{method} {path}: {answer.status}")
    return found


@pytest.mark.parametrize("role", [Role.OWNER, Role.MEMBER, Role.SERVICE])
def test_another_organisation_sees_and_changes_nothing(api, first, role) -> None:
    before = _mine(api)
    assert _leaks(api, first, _person(api, role), SECRET, LOCAL_ORGANISATION) == []
    assert _mine(api) == before


def test_the_probes_reach_every_operation_and_find_what_is_there(api, first) -> None:
    """They would see a leak: asked by the tenant itself, its things are seen."""
    probes = list(_probes(first.ids))
    assert len(probes) == sum(len(methods) for methods in CONTRACT["paths"].values()) >= 49
    reading = [one for one in probes if one[0] == "GET"]
    seen = [path for method, path, _ in reading if SECRET in api.ask(method, path).body.decode()]
    assert len(seen) >= 12


def test_another_user_of_the_organisation_sees_what_is_everybodys(api, first) -> None:
    headers = _person(api, Role.MEMBER, LOCAL_ORGANISATION)
    before = _mine(api)
    leaks = _leaks(api, first, headers, SECRET)
    assert all("/api/v1/enterprise/" in one for one in leaks), leaks
    assert _mine(api) == before


def test_a_key_allows_what_it_names_and_no_more(api) -> None:
    made = api.ask("POST", "/api/v1/keys", {"name": "ci", "scopes": ["context:read"]})
    headers = {"authorization": f"Bearer {made.json['secret']}"}
    count = api.ask("POST", "/api/v1/context/count", {"text": "x"}, headers)
    assert count.status == 200
    asked = {"context": "x"}
    refused = api.ask("POST", "/api/v1/context/optimize", asked, headers)
    assert refused.problem == (403, "forbidden")
    assert api.ask("GET", "/api/v1/integrations/tools/found", headers=headers).status == 403
    key = f"/api/v1/keys/{made.json['key']['id']}"
    assert made.json["secret"] not in api.ask("GET", key).body.decode()
    assert api.ask("DELETE", key).json["revoked_at"]
    again = api.ask("POST", "/api/v1/context/count", {"text": "x"}, headers)
    assert again.problem == (401, "unauthenticated")


def test_a_rotated_key(api) -> None:
    made = api.ask("POST", "/api/v1/keys", {"name": "ci", "scopes": ["context:read"]})
    turned = api.ask("POST", f"/api/v1/keys/{made.json['key']['id']}/rotations")
    assert turned.status == 201
    for secret in (made.json["secret"], turned.json["secret"]):
        headers = {"authorization": f"Bearer {secret}"}
        assert api.ask("POST", "/api/v1/context/count", {"text": "x"}, headers).status == 200


def test_a_key_of_one_project_makes_contexts_for_it_and_reaches_nothing_else(api) -> None:
    slug = f"a{uuid4().hex}"
    project = api.ask("POST", "/api/v1/enterprise/projects", {"name": "P", "slug": slug}).json
    wanted = {"name": "p", "project": project["id"], "environment": "test"}
    made = api.ask("POST", "/api/v1/keys", wanted)
    headers = {"authorization": f"Bearer {made.json['secret']}"}
    assert api.ask("POST", "/api/v1/context/count", {"text": "x"}, headers).status == 200
    for path in ("keys", "enterprise/teams", "users", "enterprise/projects", "auth/sessions"):
        assert api.ask("GET", f"/api/v1/{path}", headers=headers).problem == (403, "forbidden")


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.OWNER, 200),
        (Role.ADMIN, 200),
        (Role.BILLING, 200),
        (Role.MEMBER, 403),
        (Role.VIEWER, 403),
    ],
)
def test_what_all_used_is_for_those_who_answer_for_it(api, role: Role, status: int) -> None:
    headers = _person(api, role)
    path = "/api/v1/analytics/usage?by=user"
    assert api.ask("GET", path, None, headers).status == 200
    assert api.ask("GET", f"{path}&whose=organisation", None, headers).status == status


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER, Role.BILLING, Role.SERVICE])
def test_people_and_other_teams_are_not_shown_to_everybody(api, role: Role) -> None:
    headers = _person(api, role, LOCAL_ORGANISATION)
    made = [
        api.ask("POST", f"/api/v1/enterprise/{kind}", {"name": "T", "slug": f"a{uuid4().hex}"})
        for kind in ("teams", "projects", "teams")
    ]
    mine, everybodys, theirs = (one.json["id"] for one in made)
    hidden = {"name": "H", "slug": f"a{uuid4().hex}", "team": theirs}
    theirs_too = api.ask("POST", "/api/v1/enterprise/projects", hidden).json["id"]
    reads = role in (Role.MEMBER, Role.VIEWER)
    if role in (Role.MEMBER, Role.VIEWER, Role.BILLING):
        own = api.ask("GET", "/api/v1/users/me", headers=headers).json["user"]
        api.ask("POST", f"/api/v1/enterprise/teams/{mine}/members", {"user": own})
        me = api.ask("GET", f"/api/v1/users/{own}", headers=headers)
        assert me.json["email"] == f"{own}@example.org"
    refused = ("users", f"users/{LOCAL_USER}", f"enterprise/teams/{theirs}")
    for path in (*refused, f"enterprise/projects/{theirs_too}"):
        found = api.ask("GET", f"/api/v1/{path}", headers=headers)
        assert found.problem == (403, "forbidden"), path
    for path, seen, unseen in (
        ("teams", mine, theirs),
        ("projects", everybodys, theirs_too),
    ):
        found, cursor = [], ""
        while reads:
            page = api.ask(
                "GET", f"/api/v1/enterprise/{path}?limit=1{cursor}", headers=headers
            ).json
            found += [one["id"] for one in page["items"]]
            if not page["next"]:
                break
            cursor = f"&cursor={page['next']}"
        assert (seen in found, unseen in found) == (reads, False)
        every = api.ask("GET", f"/api/v1/enterprise/{path}?limit=200").json["items"]
        assert {seen, unseen} <= {one["id"] for one in every}


def test_what_a_key_that_ends_makes_ends_with_it(api) -> None:
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wanted = {"name": "k", "scopes": ["keys:write", "clients:write", "*"], "expires_at": ends}
    made = api.ask("POST", "/api/v1/keys", wanted).json
    headers = {"authorization": f"Bearer {made['secret']}"}
    child = api.ask("POST", "/api/v1/keys", {"name": "c", "scopes": ["context:read"]}, headers)
    assert child.json["key"]["expires_at"] == made["key"]["expires_at"]
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    longer = {"name": "c", "scopes": ["context:read"], "expires_at": later}
    assert api.ask("POST", "/api/v1/keys", longer, headers).problem == (403, "forbidden")
    path = f"/api/v1/keys/{made['key']['id']}/rotations"
    anew = api.ask("POST", path, headers=headers)
    assert anew.json["key"]["expires_at"] == made["key"]["expires_at"]
    forever = api.ask("POST", "/api/v1/keys", {"name": "f", "scopes": ["context:read"]}).json
    path = f"/api/v1/keys/{forever['key']['id']}/rotations"
    assert api.ask("POST", path, headers=headers).problem == (403, "forbidden")
    program = {"name": "p", "scopes": ["context:read"], "redirects": ["https://ide.example/"]}
    assert api.ask("POST", "/api/v1/clients", program, headers).problem == (403, "forbidden")
