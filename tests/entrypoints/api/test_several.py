"""Several servers over one database: what one did counts in the others."""

import asyncio
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from servers.api import Api
from usage_events import CALL
from waiting import until

from aicontext import settings
from aicontext.client import AIContextPlatformSDK
from aicontext.domain.storage.records import Idempotency
from aicontext.services.enterprise.identity.local import LOCAL_ORGANISATION, LOCAL_USER
from aicontext.wiring import stores
from aicontext.wiring.usage import events

TEAMS = "/api/v1/enterprise/teams"


async def _migrated() -> None:
    records = stores.records(settings.load())
    await records.migrate()
    await records.close()


def test_any_server_tells_of_an_operation_and_of_one_that_was_lost(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    monkeypatch.setattr("aicontext.services.enterprise.operations.BEAT", 0.05)
    one, other = Api(tmp_path), Api(tmp_path)
    batches, log = "/api/v1/context/batches", "12:00 INFO request served\n" * 4000
    try:
        path = one.ask("POST", batches, {"items": [{"context": "a"}, {"context": "b"}]}).headers[
            "location"
        ]
        events = other.ask("GET", f"{path}/events").body.decode()
        assert events.count("event: item") == 2
        assert events.rstrip().endswith('data: {"state":"succeeded"}')
        found, there = other.ask("GET", path).json, one.ask("GET", path).json
        assert found == there
        assert [item["result"]["content"] for item in found["result"]] == ["a", "b"]
        items = [{"context": f"{n} {log}"} for n in range(60)]
        path = one.ask("POST", batches, {"items": items}).headers["location"]
        assert other.ask("DELETE", path).json["state"] == "running"
        until(lambda: other.ask("GET", path).json["state"] != "running")
        found = other.ask("GET", path).json
        assert (found["state"], found["done"] < 60) == ("cancelled", True)
        assert other.ask("GET", f"/api/v1/operations/{uuid4().hex}").problem == (404, "not_found")
        note = one.do(one.parts.replies.claim(_left_behind(one)))
        assert note is None
        lost = other.ask("GET", "/api/v1/operations/" + "7" * 32).json
        assert (lost["state"], lost["problem"]["code"]) == ("failed", "operation_lost")
        events = other.ask("GET", "/api/v1/operations/" + "7" * 32 + "/events").body.decode()
        assert 'data: {"state":"failed"}' in events
        secret = one.ask("POST", "/api/v1/keys", {"name": "k"}).json["secret"]
        with AIContextPlatformSDK(other.url, secret) as sdk:
            assert [done.index for done in sdk.stream_optimizations(["a", "b"])] == [0, 1]
    finally:
        one.stop()
        other.stop()


def _left_behind(api) -> Idempotency:
    """What a server that was killed a minute ago told last."""
    then = datetime.now(UTC) - timedelta(minutes=1)
    told = {"id": "7" * 32, "kind": "batch", "state": "running", "created_at": then.isoformat()}
    return Idempotency(
        id=uuid4().hex,
        organisation=LOCAL_ORGANISATION,
        created_at=then,
        key=f"{LOCAL_USER} operation {'7' * 32}",
        fingerprint="",
        status=0,
        headers={"seen": str(then.timestamp())},
        body=json.dumps({**told, "done": 1, "total": 2}).encode(),
        expires_at=then + timedelta(days=1),
    )


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


def test_servers_that_share_a_cache_answer_settings_from_it(redis, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    monkeypatch.setenv("AICONTEXT_CACHE", redis.url)
    monkeypatch.setattr("aicontext.adapters.cache.redis._PATIENCE", 20)
    one, other = Api(tmp_path), Api(tmp_path)
    path, key = "/api/v1/settings/theme", f"settings:{LOCAL_USER}:theme"

    def soon(server: Api, status: int, value: str | None = None) -> None:
        """What another server changed is known once its message came."""

        def known() -> bool:
            found = server.ask("GET", path)
            return found.status == status and (value is None or found.json["value"] == value)

        until(known)

    try:
        assert one.ask("PUT", path, {"value": "dark"}).status == 200
        assert one.do(one.parts.cache.get(key)) is not None
        soon(other, 200, "dark")
        assert other.ask("PUT", path, {"value": "light"}, {"if-match": '"1"'}).status == 200
        soon(one, 200, "light")
        assert one.ask("PUT", path, {"value": "gray"}, {"if-match": '"1"'}).status == 412
        soon(one, 200, "light")
        assert one.ask("DELETE", path).status == 204
        soon(other, 404)
    finally:
        one.stop()
        other.stop()


def test_servers_share_reports_and_show_what_another_process_took_in(
    redis, engine, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    monkeypatch.setenv("AICONTEXT_CACHE", redis.url)
    monkeypatch.setattr("aicontext.adapters.cache.redis._PATIENCE", 20)
    monkeypatch.setenv("AICONTEXT_EVENTS", engine.over_http(engine.database()))
    one, other, taken = Api(tmp_path), Api(tmp_path), events(settings.load())
    # By itself the week begins anew with each hour, and it is another report.
    path = "/api/v1/analytics/usage?since=2026-01-01T00:00:00Z"
    try:
        for number in range(1, 4):
            taken.append([replace(CALL, id=str(number), at=time.time())])
            for server, hits in ((one, number - 1), (other, number), (one, number)):
                found = server.ask("GET", path).json
                assert found["total"]["calls"] == number
                assert server.parts.reports._kept.hits == hits
    finally:
        one.stop()
        other.stop()
        taken.close()


def test_servers_that_share_none_keep_no_settings(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AICONTEXT_HOME", str(tmp_path))
    one, other = Api(tmp_path), Api(tmp_path)
    path = "/api/v1/settings/theme"
    try:
        for value in ("dark", "light"):
            one.ask("PUT", path, {"value": value})
            assert other.ask("GET", path).json["value"] == value
    finally:
        one.stop()
        other.stop()
