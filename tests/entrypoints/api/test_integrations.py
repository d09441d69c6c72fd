"""Tools, keeping them in step, callbacks and savings."""

import json
import time

import pytest

from aicontext import settings
from aicontext.services.integrations.webhooks import signing
from aicontext.wiring.extension.webhooks import webhook_service

TOOLS = "/api/v1/integrations/tools"
SYNC = "/api/v1/integrations/sync"


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
