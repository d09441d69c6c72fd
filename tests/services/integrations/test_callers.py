import pytest
from multidict import CIMultiDict

from aicontext.services.integrations import callers
from aicontext.services.integrations.callers import recognise
from aicontext.services.integrations.catalog import index

UUID = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    ("headers", "tool", "session"),
    [
        ({"User-Agent": "claude-cli/2.1", "X-Claude-Code-Session-Id": "s"}, "claude-code", "s"),
        ({"User-Agent": "codex_cli_rs/1.0", "session_id": "s"}, "codex-cli", "s"),
        ({"User-Agent": "Kilo-Code/4", "X-KILOCODE-TASKID": "s"}, "kilo-code", "s"),
        ({"User-Agent": "roo-code/3"}, "roo-code", ""),
        ({"User-Agent": "copilot/1 (cli)", "X-Client-Session-Id": "s"}, "copilot-cli", "s"),
        ({"User-Agent": "GitHubCopilotChat/0.2", "x-interaction-id": "s"}, "copilot-vscode", "s"),
        ({"x-cursor-client-version": "1"}, "cursor", ""),
        ({"User-Agent": "Zed/0.2"}, "zed", ""),
        ({"User-Agent": "Charm Crush/1"}, "crush", ""),
        ({"User-Agent": "mux/1", "X-Mux-Workspace-Id": "s"}, "mux", "s"),
        ({"User-Agent": "python-httpx/0.28", "session_id": "s"}, "", ""),
        ({}, "", ""),
    ],
)
def test_a_tool_is_known_by_its_headers(headers, tool, session) -> None:
    caller = recognise(CIMultiDict(headers), project="p", local=False)
    assert (caller.tool, caller.session, caller.project) == (tool, session, "p")
    assert not caller.local


@pytest.mark.parametrize(
    "metadata",
    [
        f'{{"user_id": "user_ab_account_cd_session_{UUID}"}}',
        f'{{"user_id":"{{\\"device_id\\":\\"d\\",\\"session_id\\":\\"{UUID}\\"}}"}}',
    ],
)
def test_claude_code_names_its_session_in_the_body(metadata) -> None:
    body = f'{{"model":"m","messages":[],"metadata":{metadata}}}'.encode()
    assert recognise({"user-agent": "claude-cli/1"}, body).session == UUID
    assert recognise({"user-agent": "other"}, body).session == ""


def test_long_names_are_cut() -> None:
    headers = {"user-agent": "codex", "session_id": "s" * 9000}
    assert len(recognise(headers, project="p" * 9000).session) == 200


def test_the_tag_of_the_address_counts_where_nothing_else_tells() -> None:
    assert recognise({"user-agent": "python-httpx/0.28"}, tag="aider").tool == "aider"
    assert recognise({"user-agent": "claude-cli/2.1"}, tag="aider").tool == "claude-code"


def test_callers_are_tools_of_the_catalogue() -> None:
    known = {tool.id for tool in index.load()}
    assert {tool.id for tool in callers._TOOLS} <= known
