"""Tools, keeping them in step, callbacks, usage and savings."""

import json
import time
from contextlib import closing

import pytest

from aicontext import settings
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.usage import Billed
from aicontext.services.integrations.webhooks import signing
from aicontext.wiring.extension.webhooks import webhook_service
from aicontext.wiring.usage import events

TOOLS = "/api/v1/integrations/tools"
SYNC = "/api/v1/integrations/sync"
USAGE = "/api/v1/analytics/usage"


def test_tools_that_are_known(api) -> None:
    every = api.ask("GET", TOOLS).json["items"]
    assert len(every) > 100
    some = api.ask("GET", f"{TOOLS}?word=claude").json["items"]
    assert 0 < len(some) < len(every)
    one = api.ask("GET", f"{TOOLS}/claude-code").json
    assert "proxy" in one["ways"]
    assert api.ask("GET", f"{TOOLS}/nothing").problem == (404, "not_found")
    assert api.ask("GET", f"{TOOLS}/found").status == 200


def test_rules_of_one_tool_for_another(api, tmp_path) -> None:
    (tmp_path / "CLAUDE.md").write_text("Write tests first.\n")
    asked = {"scope": "project", "folder": str(tmp_path), "tools": ["claude-code", "codex-cli"]}
    dry = api.ask("POST", SYNC, {**asked, "dry_run": True}).json
    assert any("Write tests first." in one["diff"] for one in dry["files"])
    assert not (tmp_path / "AGENTS.md").exists()
    assert api.ask("POST", SYNC, asked).status == 200
    assert "Write tests first." in (tmp_path / "AGENTS.md").read_text()
    assert api.ask("POST", SYNC, {**asked, "undo": True}).status == 200
    assert not (tmp_path / "AGENTS.md").exists()


@pytest.mark.parametrize("folder", ["", "relative", "/no/such/folder", "/\0"])
def test_a_folder_that_is_none(api, folder) -> None:
    asked = {"scope": "project", "folder": folder, "tools": ["claude-code", "codex-cli"]}
    assert api.ask("POST", SYNC, asked).problem[0] in (404, 422)


def test_a_callback_that_nobody_signed(api, home) -> None:
    path = "/api/v1/integrations/callbacks/jenkins"
    body = json.dumps({"type": "build.done", "data": {}}).encode()
    assert api.ask("POST", path, body).problem == (404, "not_found")
    service = webhook_service(settings.load({"AICONTEXT_HOME": str(home)}))
    secret = service.accept("jenkins")
    assert api.ask("POST", path, body).problem == (403, "refused")
    good = signing.signed([secret], "msg_1", int(time.time()), body)
    late = signing.signed([secret], "msg_2", int(time.time()) - 3600, body)
    assert api.ask("POST", path, body + b" ", good).problem == (403, "refused")
    assert api.ask("POST", path, body, late).problem == (403, "refused")
    found = api.ask("POST", path, body, good)
    assert found.problem == (404, "not_found")
    assert "jenkins" in found.json["detail"]


def test_savings(api) -> None:
    found = api.ask("GET", "/api/v1/analytics/savings?by=model&days=30")
    assert found.status == 200
    assert "total" in found.json
    assert api.ask("GET", "/api/v1/analytics/savings?by=moon").problem == (422, "invalid_input")


def test_usage(api, home) -> None:
    call = UsageEvent(
        id="call-1",
        at=time.time(),
        caller=Caller(tool="codex-cli"),
        protocol="openai",
        upstream="openai",
        model="gpt-4o",
        status=200,
        outcome=Outcome.OPTIMIZED,
        direct_tokens=100,
        sent_tokens=60,
        billed=Billed(input=60, output=5),
        cost=0.25,
        direct_cost=0.5,
        key="k1",
    )
    with closing(events(settings.load({"AICONTEXT_HOME": str(home)}))) as kept:
        kept.append([call])
    found = api.ask("GET", f"{USAGE}?by=tool&by=model&grain=day").json
    assert found["total"]["saved"] == 0.25
    assert [(one["tool"], one["model"], one["calls"]) for one in found["rows"]] == [
        ("codex-cli", "gpt-4o", 1)
    ]
    assert api.ask("GET", f"{USAGE}?by=key&key=k1&key=k2").json["rows"][0]["key"] == "k1"
    assert api.ask("GET", f"{USAGE}?key=k2&model=gpt-4o").json["total"]["calls"] == 0
    none = api.ask("GET", f"{USAGE}?model=other&since=2026-01-01T00:00:00Z").json
    assert none["total"]["calls"] == 0
    turned = f"{USAGE}?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z"
    assert api.ask("GET", turned).problem == (422, "invalid_input")
    for query in ("by=moon", "since=2026-02-01", "grain=age", "whose=theirs"):
        assert api.ask("GET", f"{USAGE}?{query}").problem == (422, "invalid_input")
