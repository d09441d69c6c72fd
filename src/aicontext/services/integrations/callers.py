"""Which AI tool sends a request, and its name for the session."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from aicontext.domain.requests import Caller


@dataclass(frozen=True, slots=True)
class _Tool:
    """agent: how its User-Agent starts, in lower case. mark: a header that it alone sends.
    session: the header that names the session."""

    id: str
    agent: str = ""
    mark: str = ""
    session: str = ""


_TOOLS = (
    _Tool("claude-code", agent="claude", session="x-claude-code-session-id"),
    _Tool("codex-cli", agent="codex", session="session_id"),
    _Tool("kilo-code", agent="kilo-code/", session="x-kilocode-taskid"),
    _Tool("roo-code", agent="roo-code/"),
    _Tool("copilot-cli", agent="copilot/", session="x-client-session-id"),
    _Tool("copilot-vscode", agent="githubcopilotchat/", session="x-interaction-id"),
    _Tool("cursor", mark="x-cursor-client-version"),
    _Tool("zed", agent="zed/"),
    _Tool("crush", agent="charm crush/"),
    _Tool("mux", agent="mux/", session="x-mux-workspace-id"),
)
_MARKED = tuple(tool for tool in _TOOLS if tool.mark)
_NOBODY = _Tool("")
KNOWN = frozenset(tool.id for tool in _TOOLS)
"""Tools that are recognised by what they send."""

_LONGEST = 200
_USER = re.compile(
    rb'"user_id"\s*:\s*"[^"\\]*session_([0-9a-f-]{36})'
    rb'|"user_id"\s*:\s*"(?:[^"\\]|\\.){0,400}?\\"session_id\\"\s*:\s*\\"([\w-]{1,100})'
)


def recognise(
    headers: Mapping[str, str],
    body: bytes = b"",
    *,
    tag: str = "",
    project: str = "",
    local: bool = True,
) -> Caller:
    """The caller, from the request's headers (looked up without regard to case) and its body.

    tag: the tool that the address called names; it counts where nothing else tells.
    """
    agent = headers.get("user-agent", "").lower()
    tool = _named(agent) or next((t for t in _MARKED if t.mark in headers), _NOBODY)
    session = headers.get(tool.session, "") if tool.session else ""
    if not session and tool.id == "claude-code":
        session = _of_metadata(body)
    return Caller((tool.id or tag)[:_LONGEST], session[:_LONGEST], project[:_LONGEST], local)


@lru_cache(maxsize=256)
def _named(agent: str) -> _Tool | None:
    return next((tool for tool in _TOOLS if tool.agent and agent.startswith(tool.agent)), None)


def _of_metadata(body: bytes) -> str:
    """The session in `metadata.user_id`, as Claude Code has written it in two ways."""
    at = body.rfind(b'"metadata"')
    match = _USER.search(body, at, at + 2000) if at >= 0 else None
    return (match[1] or match[2]).decode("ascii") if match else ""
