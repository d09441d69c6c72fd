"""Budgets over HTTP: set, seen by who may see them, and held to, also where servers are killed."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from itertools import count
from uuid import uuid4

import pytest
from servers.api import Api
from servers.port import held_port, listens
from waiting import PATIENCE, until

from aicontext import settings
from aicontext.adapters.budgets.sql import MARGIN, SqlBudgets
from aicontext.adapters.records.sqlite import SqliteRecords
from aicontext.client import AIContextPlatformSDK
from aicontext.domain.errors import OverBudget
from aicontext.domain.storage.records import Level, Period
from aicontext.engine.estimate.catalogue import model as catalogued
from aicontext.ports.models import ANSWER, MATERIAL
from aicontext.services.enterprise.budgets.spending import LEASE
from aicontext.wiring.platform import api as wired

BUDGETS, COUNT = "/api/v1/enterprise/budgets", "/api/v1/context/count"
TERMS = {"unit": "tokens", "period": "month", "amount": 1000}


def issued(api, **wanted):
    """(the key's id, what it is shown as)."""
    made = api.ask("POST", "/api/v1/keys", {"name": "k", "scopes": ["*"], **wanted}).json
    return made["key"]["id"], {"authorization": f"Bearer {made['secret']}"}


def spent(api, owner):
    """What is spent of the owner's only budget, once nothing is under way."""

    def free():
        (one,) = (one for one in api.ask("GET", BUDGETS).json["items"] if one["owner"] == owner)
        return None if one["held"] else one

    return until(free)["spent"]


@pytest.mark.parametrize(("model", "status"), [("gpt-4o", 200), ("unheard-of", 402)])
def test_a_summary_takes_what_its_model_is_paid(home, model: str, status: int) -> None:
    """The model is not reached here, and might have been."""
    known = catalogued(model)
    parts = wired.parts(settings.load({"AICONTEXT_HOME": str(home)}))
    other = Api(home, replace(parts, writer=known))
    key, shown = issued(other)
    money = {"unit": "usd", "period": "month", "amount": 1}
    other.ask("PUT", f"{BUDGETS}/key/{key}", money)
    talk = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "word " * 900}]
    body = {"context": talk, "budget": 300, "summary": True}
    compress = "/api/v1/context/compress"
    assert other.ask("POST", compress, {**body, "summary": False}, shown).status == 200
    assert spent(other, key) == 0
    assert other.ask("POST", compress, body, shown).status == status
    quote = known.quote(MATERIAL, time.time())
    least = 0 if quote is None else (MATERIAL * quote.prices.input + ANSWER * quote.prices.output)
    assert spent(other, key) >= least / 1e6
    assert (spent(other, key) > 0) == (status == 200)
    other.stop()


def test_a_key_is_held_to_its_budget_and_others_are_not(api) -> None:
    key, shown = issued(api)
    _, other = issued(api)
    path = f"{BUDGETS}/key/{key}"
    assert api.ask("PUT", path, {**TERMS, "amount": 280}).json["left"] == 280
    text = {"text": "some words to count " * 4, "model": "gpt-5"}
    found = api.ask("POST", COUNT, text, shown)
    assert found.status == 200
    assert spent(api, key) == found.json["tokens"]
    over = api.ask("POST", COUNT, {"text": "word " * 108}, shown)
    assert over.problem == (402, "over_budget")
    assert int(over.headers["retry-after"]) > 60
    assert api.ask("POST", COUNT, {"text": "word " * 100}, other).status == 200
    assert api.ask("POST", COUNT, {"text": "word " * 100}).status == 200
    page = api.ask("GET", "/metrics").body.decode()
    assert "aicontext_budget_refused_total" in page
    assert api.ask("DELETE", f"{path}?period=hour").problem == (404, "not_found")
    assert api.ask("DELETE", f"{path}?period=month").status == 204
    assert api.ask("DELETE", path).problem == (404, "not_found")


@pytest.mark.parametrize("level", ["organisation", "team", "project", "user"])
def test_each_level_holds_a_call(api, level) -> None:
    me = api.ask("GET", "/api/v1/users/me").json
    wanted = {}
    if level in ("team", "project"):
        slug = f"s{uuid4().hex[:8]}"
        owner = api.ask("POST", f"/api/v1/enterprise/{level}s", {"name": "N", "slug": slug}).json[
            "id"
        ]
        if level == "team":
            api.ask("POST", f"/api/v1/enterprise/teams/{owner}/members", {"user": me["user"]})
        else:
            wanted = {"project": owner}
    else:
        owner = me[level]
    _, shown = issued(api, **wanted)
    path = f"{BUDGETS}/{level}/{owner}"
    assert api.ask("PUT", path, {**TERMS, "amount": 10, "period": "hour"}).status == 200
    try:
        found = api.ask("POST", COUNT, {"text": "word " * 100}, shown)
        assert found.problem == (402, "over_budget")
        assert f"budget of the {level}" in found.json["detail"]
    finally:
        assert api.ask("DELETE", path).status == 204


def test_a_batch_is_held_item_by_item_and_a_repeat_costs_nothing(api) -> None:
    key, shown = issued(api)
    assert api.ask("PUT", f"{BUDGETS}/key/{key}", {**TERMS, "amount": 600}).status == 200
    text = {"context": f"{uuid4().hex} " + "word " * 100}
    first = api.ask("POST", "/api/v1/context/optimize", text, shown)
    once = spent(api, key)
    assert once == first.json["original_tokens"]
    assert api.ask("POST", "/api/v1/context/optimize", text, shown).json == first.json
    assert spent(api, key) == once
    items = [{"context": f"{n} " + "word " * size} for n, size in enumerate((50, 800, 60))]
    begun = api.ask("POST", "/api/v1/context/batches", {"items": items}, shown)
    path = begun.headers["location"]
    until(lambda: api.ask("GET", path, headers=shown).json["state"] != "running")
    done = api.ask("GET", path, headers=shown).json
    told = [one.get("problem", {}).get("code", "done") for one in done["result"]]
    assert told == ["done", "over_budget", "done"]
    api.ask("DELETE", f"{BUDGETS}/key/{key}")


@pytest.mark.parametrize(
    ("path", "change", "problem"),
    [
        (f"team/{'0' * 32}", {}, (404, "not_found")),
        (f"organisation/{'1' * 32}", {}, (404, "not_found")),
        (f"planet/{'0' * 32}", {}, (422, "invalid_input")),
        ("key/short", {}, (422, "invalid_input")),
        (f"key/{'0' * 32}", {"amount": 0}, (422, "invalid_input")),
        (f"key/{'0' * 32}", {"amount": "NaN"}, (422, "invalid_input")),
        (f"key/{'0' * 32}", {"zone": "Mars/Olympus"}, (422, "invalid_input")),
        (f"key/{'0' * 32}", {"unit": "hours"}, (422, "invalid_input")),
        (f"key/{'0' * 32}", {"spent": 0}, (422, "invalid_input")),
    ],
    ids=["team", "tenant", "level", "id", "nothing", "nan", "zone", "unit", "mass"],
)
def test_what_is_no_budget(api, path, change, problem) -> None:
    assert api.ask("PUT", f"{BUDGETS}/{path}", {**TERMS, **change}).problem == problem


def test_a_key_that_only_reads_sets_none(api) -> None:
    key, _ = issued(api)
    _, reads = issued(api, scopes=["budgets:read", "context:read"])
    found = api.ask("PUT", f"{BUDGETS}/key/{key}", TERMS, reads)
    assert found.problem == (403, "forbidden")
    assert api.ask("GET", BUDGETS, headers=reads).status == 200


def test_the_sdk_sets_sees_and_is_held(api) -> None:
    key, shown = issued(api)
    secret = shown["authorization"].removeprefix("Bearer ")
    with AIContextPlatformSDK(api.url) as owner, AIContextPlatformSDK(api.url, secret) as own:
        made = owner.set_budget(Level.KEY, key, 200, unit="tokens", period=Period.DAY)
        assert (made.left, made.period) == (200, Period.DAY)
        assert made in owner.budgets()
        assert made in own.budgets()
        with pytest.raises(OverBudget, match="daily budget of the key"):
            own.count_tokens("word " * 400)
        owner.clear_budgets(Level.KEY, key)
        assert made not in owner.budgets()


class Node:
    """A server as people start it, over a home that others share."""

    def __init__(self, home) -> None:
        self.port = held_port()
        environment = {
            **os.environ,
            "AICONTEXT_HOME": str(home),
            "AICONTEXT_API_PORT": str(self.port),
        }
        command = [sys.executable, "-m", "aicontext", "serve", "--services", "api"]
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def answers(self) -> bool:
        assert self.process.poll() is None
        return listens(self.port)


def test_64_callers_on_two_servers_of_which_one_is_killed_never_pass_the_budget(
    tmp_path, monkeypatch
) -> None:
    amount, words = 4_000, "some words that are counted against it " * 3
    nodes = [Node(tmp_path), Node(tmp_path)]
    told, lock, numbers = Counter(), threading.Lock(), count()

    def ask(node: Node, headers) -> tuple[int, int]:
        connection = HTTPConnection("127.0.0.1", node.port, timeout=60)
        body = f'{{"text": "{next(numbers)} {words}", "model": "gpt-5"}}'
        try:
            connection.request("POST", COUNT, body, {"content-type": "application/json", **headers})
            answer = connection.getresponse()
            found = answer.read()
        finally:
            connection.close()
        tokens = int(found.partition(b'"tokens":')[2].partition(b",")[0] or 0)
        return answer.status, tokens

    def caller(number: int, headers) -> None:
        at = number % 2
        while True:
            try:
                status, tokens = ask(nodes[at], headers)
            except (OSError, HTTPException):
                at = 0
                continue
            with lock:
                told[status] += 1
                told["tokens"] += tokens if status == 200 else 0
                if told[200] == 40:
                    nodes[1].process.send_signal(signal.SIGKILL)
            if status == 402:
                return
            assert status in (200, 503), status

    try:
        for node in nodes:
            until(node.answers)
        with AIContextPlatformSDK(f"http://127.0.0.1:{nodes[0].port}") as owner:
            made = owner._http.post("/api/v1/keys", json={"name": "k", "scopes": ["*"]}).json()
            key = made["key"]["id"]
            headers = {"authorization": f"Bearer {made['secret']}"}
            owner.set_budget(Level.KEY, key, amount, unit="tokens", period=Period.TOTAL)
            callers = [threading.Thread(target=caller, args=(n, headers)) for n in range(64)]
            for one in callers:
                one.start()
            for one in callers:
                one.join(PATIENCE)
            assert not any(one.is_alive() for one in callers)
            assert nodes[1].process.wait(PATIENCE) == -signal.SIGKILL
    finally:
        for node in nodes:
            node.process.terminate()
            node.process.wait(PATIENCE)
    assert told[200] > 40
    assert told["tokens"] <= amount

    async def later() -> tuple[int, int]:
        then = time.time() + LEASE + MARGIN.total_seconds() + 1
        records = SqliteRecords(tmp_path / "records.db")
        (one,) = await SqlBudgets(records, lambda: then).standing("0" * 31 + "1")
        await records.close()
        return one.spent, one.held

    booked, held = asyncio.run(later())
    assert held == 0
    assert booked <= amount
