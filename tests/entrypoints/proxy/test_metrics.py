"""What the proxy tells those who watch it."""

import json
import logging
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aicontext.settings import Settings

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
PAGE = "/aicontext/metrics"


def numbers(answer: bytes) -> dict[str, float]:
    """By name, where it is the only one."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 200 " in head.splitlines()[0]
    assert b"text/plain" in head
    families = text_string_to_metric_families(body.decode())
    return {one.name: one.value for family in families for one in family.samples}


def test_calls_queues_and_breakers_are_told_without_content(make_stage) -> None:
    stage = make_stage()

    async def scenario(world) -> None:
        asked = {"model": "claude-x", "messages": [{"role": "user", "content": "a secret"}]}
        header = "x-api-key: sk-key"
        await world.send(
            world.post("/p/my-project/v1/messages", json.dumps(asked).encode(), header)
        )
        stage.telemetry.metering.seen(await world.event())
        answer = await world.send(world.get(PAGE))
        found = numbers(answer)
        assert found["aicontext_optimizations_total"] == 1
        assert found["aicontext_response_time_seconds_count"] == 1
        assert found["aicontext_plans_under_way"] == 0
        assert found["aicontext_breaker_open"] == 0
        assert found["aicontext_build_info"] == 1
        for told in (b"secret", b"sk-key", b"my-project", b"claude-x", b"127.0.0.1"):
            assert told not in answer

    stage.play(scenario, OK)


def test_with_a_token_only_who_shows_it_may_read_them(make_stage) -> None:
    async def scenario(world) -> None:
        for header in ("X: y", "Authorization: Bearer other", "Authorization: Basic t"):
            assert b" 401 " in (await world.send(world.get(PAGE, header))).splitlines()[0]
        for header in ("Authorization: Bearer t", "x-aicontext-token: t"):
            assert numbers(await world.send(world.get(PAGE, header)))
        # On a provider's path that header is the provider's.
        answer = await world.send(world.post("/v1/messages", b"{}", "Authorization: Bearer t"))
        assert b" 401 " in answer.splitlines()[0]
        assert world.upstream.seen == []

    make_stage(options={"token": "t"}).play(scenario, OK)


def test_a_call_is_told_with_its_event_and_its_callers_trace(make_stage) -> None:
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    told: list[tuple[str, str]] = []
    stage = make_stage()
    stage.telemetry.ended = lambda event, trace: told.append((event.id, trace))

    async def scenario(world) -> None:
        await world.send(world.post("/v1/messages", b"{}", f"traceparent: {parent}"))
        assert told == [((await world.event()).id, parent)]
        assert (b"traceparent", parent.encode()) in world.upstream.seen[0].headers

    stage.play(scenario, OK)


def test_calls_are_logged_in_json_without_content(
    make_stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], logging.getLogger("aicontext.calls").level
    stage = make_stage()
    try:
        stage.telemetry.begin(Settings(tmp_path, log="json"))

        async def scenario(world) -> None:
            body = b'{"model": "claude-x", "messages": [{"role": "user", "content": "a secret"}]}'
            hostile = "traceparent: 00-secret secret secret secret secret-01"
            await world.send(world.post("/p/mine/v1/messages", body, "x-api-key: sk-key", hostile))
            line = capsys.readouterr().err.splitlines()[-1]
            found = json.loads(line)
            assert (found["logger"], found["message"]) == ("aicontext.calls", "A call ended.")
            assert found["event"] == found["trace"] == (await world.event()).id
            assert found["data"]["status"] == 200
            for word in ("secret", "sk-key", "mine"):
                assert word not in line

        stage.play(scenario, OK)
    finally:
        root.handlers[:] = before
        logging.getLogger("aicontext.calls").setLevel(level)
