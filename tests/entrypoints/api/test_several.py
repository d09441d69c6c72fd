"""Several servers over one database: what one did counts in the others."""

import asyncio
from uuid import uuid4

from servers.api import Api

from aicontext import settings
from aicontext.wiring import stores

TEAMS = "/api/v1/enterprise/teams"


async def _migrated() -> None:
    records = stores.records(settings.load())
    await records.migrate()
    await records.close()


def test_two_servers_are_one(postgresql, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    monkeypatch.setenv("AICONTEXT_RECORDS", postgresql.database())
    asyncio.run(_migrated())
    one, other = Api(tmp_path), Api(tmp_path)
    try:
        body, key = {"name": "Red", "slug": "red"}, {"idempotency-key": uuid4().hex}
        made, again = one.ask("POST", TEAMS, body, key), other.ask("POST", TEAMS, body, key)
        assert (made.status, again.status) == (201, 201)
        assert made.json == again.json
        assert other.ask("POST", TEAMS, body).problem == (409, "conflict")
        path, first = made.headers["location"], {"if-match": '"1"'}
        assert one.ask("PATCH", path, {"name": "Blue"}, first).status == 200
        assert other.ask("PATCH", path, {"name": "Green"}, first).problem == (412, "stale")
        one.ask("POST", TEAMS, {"name": "Green", "slug": "green"})
        cursor = one.ask("GET", f"{TEAMS}?limit=1").json["next"]
        (rest,) = other.ask("GET", f"{TEAMS}?limit=1&cursor={cursor}").json["items"]
        assert rest["slug"] == "green"
        issued = one.ask("POST", "/api/v1/keys", {"name": "ci", "scopes": ["teams:read"]}).json
        bearer = {"authorization": f"Bearer {issued['secret']}"}
        assert other.ask("GET", TEAMS, headers=bearer).status == 200
    finally:
        one.stop()
        other.stop()
