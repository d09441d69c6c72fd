"""The verbs of Context Optimization over HTTP."""

import json

import pytest

LOG = "\n".join(f"12:00:{i % 60:02d} INFO request {i} served in {i % 7} ms" for i in range(900))


def test_a_text_comes_back_smaller_and_its_original_can_be_fetched(api) -> None:
    asked = {"context": LOG, "query": "slow requests", "budget": 800}
    found = api.ask("POST", "/api/v1/context/optimize", asked)
    assert found.status == 200
    result = found.json
    assert result["optimized_tokens"] <= 800 < result["original_tokens"]
    assert result["reduction_percentage"] > 50
    handle = result["optimizations"][0]["handle"]
    whole = api.ask("GET", f"/api/v1/archive/{handle}")
    assert whole.body.decode() == LOG
    part = api.ask("GET", f"/api/v1/archive/{handle}?lines=2-3")
    assert part.body.decode() == "\n".join(LOG.split("\n")[1:3])


def test_a_conversation_keeps_its_form(api) -> None:
    messages = [
        {"role": "user", "content": "What is slow?"},
        {"role": "tool", "tool_call_id": "1", "content": LOG},
    ]
    request = {"model": "gpt-4o", "messages": messages}
    result = api.ask("POST", "/api/v1/context/optimize", {"context": request}).json
    assert result["model"] == "gpt-4o"
    assert result["exact"]
    assert result["content"]["messages"][0] == messages[0]
    assert len(json.dumps(result["content"])) < len(json.dumps(request)) / 2


def test_a_text_that_reads_like_a_conversation_stays_a_text(api) -> None:
    text = '[{"role": "user", "content": "hi"}]'
    assert api.ask("POST", "/api/v1/context/optimize", {"context": text}).json["content"] == text


def test_the_same_body_is_answered_from_the_cache(api) -> None:
    body = {"context": LOG + "\nonce more"}
    first = api.ask("POST", "/api/v1/context/optimize", body)
    second = api.ask("POST", "/api/v1/context/optimize", body)
    assert first.json == second.json
    assert "work;" in first.headers["server-timing"]
    assert "work;" not in second.headers["server-timing"]


def test_the_other_verbs(api) -> None:
    count = api.ask("POST", "/api/v1/context/count", {"text": "hello world", "model": "gpt-4o"})
    assert count.json == {"tokens": 2, "low": 2, "high": 2, "exact": True}
    talk = [{"role": "user", "content": "hello"}]
    forecast = api.ask("POST", "/api/v1/context/predict", {"context": talk, "model": "gpt-4o"})
    assert forecast.json["model"]["id"] == "gpt-4o"
    assert forecast.json["input_tokens"]["expected"] > 0
    analysis = api.ask("POST", "/api/v1/context/analyze", {"context": LOG}).json
    assert analysis["blocks"][0]["kind"] == "log"
    short = api.ask("POST", "/api/v1/context/compress", {"context": LOG, "budget": 200}).json
    assert short["optimized_tokens"] <= 200


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("optimize", {}, 422),
        ("optimize", {"context": 5}, 422),
        ("optimize", {"context": "x", "surprise": 1}, 422),
        ("optimize", {"context": "x", "budget": 0}, 422),
        ("compress", {"context": LOG}, 422),
        ("compress", {"context": LOG, "budget": 1}, 422),
        ("count", {"text": 7}, 422),
        ("count", [], 422),
    ],
)
def test_what_does_not_fit_is_a_problem(api, verb, body, status) -> None:
    found = api.ask("POST", f"/api/v1/context/{verb}", body)
    assert found.problem[0] == status
    assert found.json["detail"]


def test_an_answer_says_its_id_and_its_stages(api) -> None:
    found = api.ask("GET", "/version", headers={"x-request-id": "mine-1"})
    assert found.headers["x-request-id"] == "mine-1"
    assert "total;dur=" in found.headers["server-timing"]
    odd = api.ask("GET", "/version", headers={"x-request-id": "a b\tc"})
    assert len(odd.headers["x-request-id"]) == 32


def test_contexts_that_say_about_the_same(api) -> None:
    path = "/api/v1/context/similar"
    one = {"context": "sqlite3.OperationalError: database is locked", "keep": True}
    first = api.ask("POST", path, {**one, "path": "run.log"})
    assert first.json["kept"]["source"] == "run.log"
    found = api.ask("POST", path, {"context": "the database is locked again", "limit": 1}).json
    assert found["kept"] is None
    (match,) = found["items"]
    assert match["handle"] == first.json["kept"]["handle"]
    assert api.ask("GET", f"/api/v1/archive/{match['handle']}").body.decode() == one["context"]
    assert api.ask("POST", path, {"context": " "}).problem == (422, "invalid_input")
    assert api.ask("DELETE", path).json == {"forgotten": 1}
    assert api.ask("POST", path, {"context": "database locked"}).json["items"] == []
