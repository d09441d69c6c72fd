"""Work that goes on after the answer."""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

from waiting import until

BATCHES = "/api/v1/context/batches"


def _ended(api, path: str) -> dict:
    until(lambda: api.ask("GET", path).json["state"] != "running")
    return api.ask("GET", path).json


def _events(body: bytes) -> list[tuple[int, str, dict]]:
    found = []
    for one in body.decode().strip().split("\n\n"):
        said = dict(line.split(": ", 1) for line in one.split("\n"))
        found.append((int(said["id"]), said["event"], json.loads(said["data"])))
    return found


def test_a_batch_is_done_item_by_item(api) -> None:
    items = [{"context": "one " * 50}, {"context": "a\nb\n" * 99, "budget": 1}, {"context": "two"}]
    begun = api.ask("POST", BATCHES, {"items": items})
    assert (begun.status, begun.json["state"]) == (202, "running")
    path = begun.headers["location"]
    found = _ended(api, path)
    assert (found["state"], found["done"], found["total"]) == ("succeeded", 3, 3)
    first, second, third = found["result"]
    assert first["result"]["content"] == "one " * 50
    assert second["problem"]["code"] == "budget_too_small"
    assert third["result"]["content"] == "two"
    assert found["id"] in [one["id"] for one in api.ask("GET", "/api/v1/operations").json["items"]]


def test_events_can_be_taken_up_where_they_were_left(api) -> None:
    items = [{"context": f"text {index}"} for index in range(4)]
    path = api.ask("POST", BATCHES, {"items": items}).headers["location"]
    every = _events(api.ask("GET", f"{path}/events").body)
    assert [number for number, _, _ in every] == list(range(1, len(every) + 1))
    assert every[-1][1:] == ("end", {"state": "succeeded"})
    told = [data for _, name, data in every if name == "item"]
    assert [one["result"]["content"] for one in told] == [one["context"] for one in items]
    rest = _events(api.ask("GET", f"{path}/events", headers={"last-event-id": "3"}).body)
    assert rest == every[3:]
    odd = api.ask("GET", f"{path}/events", headers={"last-event-id": "-1"})
    assert odd.problem == (422, "invalid_input")


def test_a_cancelled_operation_stops(api) -> None:
    log = "\n".join(f"12:00 INFO request {i} served" for i in range(20_000))
    items = [{"context": f"{index} {log}"} for index in range(20)]
    path = api.ask("POST", BATCHES, {"items": items}).headers["location"]
    assert api.ask("DELETE", path).status == 200
    found = _ended(api, path)
    assert found["state"] == "cancelled"
    assert found["done"] < 20
    assert api.ask("DELETE", path).json["state"] == "cancelled"


def test_streams_of_one_owner_are_bounded(api) -> None:
    log = "\n".join(f"12:00 INFO request {i} served" for i in range(20_000))
    items = [{"context": f"{index} {log}"} for index in range(20)]
    path = api.ask("POST", BATCHES, {"items": items}).headers["location"]
    parts = urlsplit(api.url)
    streams = [HTTPConnection(parts.hostname or "", parts.port, timeout=60) for _ in range(40)]
    statuses = []
    for stream in streams:
        stream.request("GET", f"{path}/events")
        statuses.append(stream.getresponse().status)
    assert statuses[:32] == [200] * 32
    assert statuses[-1] == 429
    for stream in streams:
        stream.close()
    api.ask("DELETE", path)
    assert _ended(api, path)["state"] == "cancelled"
    assert api.ask("GET", f"{path}/events").status == 200


def test_a_pack_of_a_repository(api, tmp_path) -> None:
    (tmp_path / "shop.py").write_text("def total(prices):\n    return sum(prices)\n")
    asked = {"task": "total of prices", "path": str(tmp_path), "budget": 500}
    begun = api.ask("POST", "/api/v1/context/packs", asked)
    assert begun.status == 202
    found = _ended(api, begun.headers["location"])
    assert "return sum(prices)" in found["result"]["content"]
    asked["path"] = str(tmp_path / "none")
    lost = _ended(api, api.ask("POST", "/api/v1/context/packs", asked).headers["location"])
    assert (lost["state"], lost["problem"]["code"]) == ("failed", "not_found")


def test_nobody_has_that_operation(api) -> None:
    for method in ("GET", "DELETE"):
        assert api.ask(method, f"/api/v1/operations/{'e' * 32}").problem == (404, "not_found")
    assert api.ask("POST", BATCHES, {"items": [{"context": 5}]}).problem == (422, "invalid_input")
    assert api.ask("POST", BATCHES, {"items": []}).problem == (422, "invalid_input")
    assert api.ask("POST", BATCHES, {"items": [{}] * 101}).problem == (422, "invalid_input")
