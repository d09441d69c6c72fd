"""Teams, members, projects, users and settings: records by version, in pages, each once."""

from uuid import uuid4

import pytest

from aicontext.services.enterprise.identity.local import LOCAL_USER

TEAMS = "/api/v1/enterprise/teams"
PROJECTS = "/api/v1/enterprise/projects"
ME = LOCAL_USER
NOBODY = "f" * 32


def _slug() -> str:
    return f"a-{uuid4().hex[:12]}"


@pytest.fixture
def team(api) -> dict:
    found = api.ask("POST", TEAMS, {"name": "Red", "slug": _slug()})
    assert found.status == 201
    assert found.headers["location"] == f"{TEAMS}/{found.json['id']}"
    return found.json


def test_a_team_is_made_changed_and_removed(api, team) -> None:
    path = f"{TEAMS}/{team['id']}"
    read = api.ask("GET", path)
    assert read.json == team
    assert read.headers["etag"] == '"1"'
    changed = api.ask("PATCH", path, {"name": "Blue"}, {"if-match": '"1"'})
    assert (changed.status, changed.json["name"], changed.headers["etag"]) == (200, "Blue", '"2"')
    assert api.ask("GET", path, headers={"if-none-match": '"2"'}).status == 304
    late = api.ask("PATCH", path, {"name": "Green"}, {"if-match": '"1"'})
    assert late.problem == (412, "stale")
    assert api.ask("DELETE", path, headers={"if-match": '"1"'}).problem == (412, "stale")
    assert api.ask("DELETE", path, headers={"if-match": '"2"'}).status == 204
    assert api.ask("GET", path).problem == (404, "not_found")
    assert api.ask("DELETE", path).problem == (404, "not_found")


def test_a_slug_is_there_once(api, team) -> None:
    again = api.ask("POST", TEAMS, {"name": "Other", "slug": team["slug"]})
    assert again.problem == (409, "conflict")


def test_a_member_joins_once_and_leaves(api, team) -> None:
    path = f"{TEAMS}/{team['id']}/members"
    made = api.ask("POST", path, {"user": ME, "role": "viewer"})
    assert (made.status, made.headers["location"]) == (201, f"{path}/{ME}")
    assert api.ask("POST", path, {"user": ME}).problem == (409, "conflict")
    assert api.ask("POST", path, {"user": NOBODY}).problem == (404, "not_found")
    changed = api.ask("PATCH", f"{path}/{ME}", {"role": "admin"}, {"if-match": '"1"'})
    assert changed.json["role"] == "admin"
    assert [one["user"] for one in api.ask("GET", path).json["items"]] == [ME]
    assert api.ask("DELETE", f"{path}/{ME}").status == 204
    assert api.ask("GET", path).json == {"items": [], "next": None}


def test_a_team_with_projects_stays(api, team) -> None:
    made = api.ask("POST", PROJECTS, {"name": "Shop", "slug": _slug(), "team": team["id"]})
    assert made.status == 201
    assert api.ask("DELETE", f"{TEAMS}/{team['id']}").problem == (409, "conflict")
    moved = api.ask("PATCH", made.headers["location"], {"team": ""})
    assert moved.json["team"] == ""
    assert api.ask("DELETE", f"{TEAMS}/{team['id']}").status == 204
    lost = api.ask("POST", PROJECTS, {"name": "Shop", "slug": _slug(), "team": NOBODY})
    assert lost.problem == (422, "invalid_input")


def test_pages_hold_each_once(api) -> None:
    made = {api.ask("POST", PROJECTS, {"name": "P", "slug": _slug()}).json["id"] for _ in range(5)}
    seen, path = [], f"{PROJECTS}?limit=2"
    while path:
        page = api.ask("GET", path).json
        seen += [one["id"] for one in page["items"]]
        path = page["next"] and f"{PROJECTS}?limit=2&cursor={page['next']}"
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "%00", "a" * 501, "é"])
def test_a_made_up_cursor(api, cursor) -> None:
    found = (
        api.ask("GET", f"{PROJECTS}?cursor={cursor.encode().decode('latin-1')}")
        if (cursor.isascii())
        else api.ask("GET", f"{PROJECTS}?cursor=%C3%A9")
    )
    assert found.problem == (422, "invalid_input")


def test_a_cursor_of_another_list(api) -> None:
    for _ in range(2):
        api.ask("POST", PROJECTS, {"name": "P", "slug": _slug()})
    cursor = api.ask("GET", f"{PROJECTS}?limit=1").json["next"]
    assert api.ask("GET", f"{TEAMS}?cursor={cursor}").problem == (422, "invalid_input")
    turned = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    assert api.ask("GET", f"{PROJECTS}?cursor={turned}").status in (200, 422)


@pytest.mark.parametrize(
    "value", [None, True, 1.5, "x" * 1000, [1, [2]], {"a": {"b": None}}, 2**80, "\U0001f98a"]
)
def test_a_setting_holds_any_value(api, value) -> None:
    path = "/api/v1/settings/editor.theme"
    assert api.ask("PUT", path, {"value": value}).json["value"] == value
    assert api.ask("GET", path).json["value"] == value
    assert api.ask("DELETE", path).status == 204
    assert api.ask("GET", path).problem == (404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        b'{"value": NaN}',
        b'{"value": 1e999}',
        b'{"value": "\\u0000"}',
        b'{"value": "\\ud800"}',
        b'{"value": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'{"value": ' + b"9" * 5000 + b"}",
        b"{}",
        b"[]",
        b"",
        b"{",
    ],
)
def test_a_setting_that_cannot_be_kept(api, body) -> None:
    found = api.ask("PUT", "/api/v1/settings/odd", body)
    assert found.problem[0] in (400, 422)


@pytest.mark.parametrize("field", ["id", "organisation", "version", "created_at", "owner"])
def test_nobody_assigns_what_is_not_theirs(api, team, field) -> None:
    body = {"name": "Red", "slug": _slug(), field: NOBODY}
    assert api.ask("POST", TEAMS, body).problem == (422, "invalid_input")
    body = {"name": "Red", field: NOBODY}
    assert api.ask("PATCH", f"{TEAMS}/{team['id']}", body).problem == (422, "invalid_input")


@pytest.mark.parametrize("tag", ["1", "W/x", '"x"', '"0"', '"1', '"1", "2"'])
def test_a_tag_that_is_none_of_ours(api, team, tag) -> None:
    found = api.ask("PATCH", f"{TEAMS}/{team['id']}", {"name": "A"}, {"if-match": tag})
    assert found.problem == (422, "invalid_input")


def test_a_request_with_a_key_is_done_once(api) -> None:
    body, key = {"name": "Once", "slug": _slug()}, {"idempotency-key": uuid4().hex}
    first = api.ask("POST", TEAMS, body, key)
    second = api.ask("POST", TEAMS, body, key)
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    other = api.ask("POST", TEAMS, {**body, "name": "Twice"}, key)
    assert other.problem == (422, "idempotency_key_reused")
    refused = api.ask("POST", TEAMS, {"name": ""}, {"idempotency-key": "refused"})
    assert refused.status == 422
    again = api.ask("POST", TEAMS, {"name": ""}, {"idempotency-key": "refused"})
    assert again.headers["idempotency-replayed"] == "true"


def test_a_secret_is_made_once_and_not_kept(api) -> None:
    name, once = _slug(), {"idempotency-key": uuid4().hex}
    assert api.ask("POST", "/api/v1/keys", {"name": name}, once).status == 201
    again = api.ask("POST", "/api/v1/keys", {"name": name}, once)
    assert again.problem == (409, "shown_once")
    kept = api.ask("GET", "/api/v1/keys?limit=100").json["items"]
    assert [key["name"] for key in kept].count(name) == 1


def test_an_answer_that_is_kept_is_for_nobody_who_may_less(api) -> None:
    name, once = f"/api/v1/settings/{_slug()}", {"idempotency-key": uuid4().hex}
    made = api.ask("POST", "/api/v1/keys", {"name": "all", "scopes": ["*"]}).json
    less = api.ask("POST", "/api/v1/keys", {"name": "less", "scopes": ["context:read"]}).json
    by = [{"authorization": f"Bearer {one['secret']}", **once} for one in (made, less)]
    assert api.ask("PUT", name, {"value": "mine"}, by[0]).status == 200
    assert api.ask("PUT", name, {"value": "mine"}, by[1]).problem == (
        422,
        "idempotency_key_reused",
    )


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "\xff"])
def test_an_odd_idempotency_key(api, key) -> None:
    found = api.ask("POST", TEAMS, {"name": "N", "slug": _slug()}, {"idempotency-key": key})
    assert found.status in (201, 422)


def test_who_asks(api) -> None:
    me = api.ask("GET", "/api/v1/users/me").json
    assert (me["user"], me["credential"]) == (ME, "local")
    assert api.ask("GET", f"/api/v1/users/{ME}").json["role"] == "owner"
    assert ME in [one["id"] for one in api.ask("GET", "/api/v1/users").json["items"]]
