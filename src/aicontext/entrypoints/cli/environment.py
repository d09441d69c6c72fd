"""The variables by which tools find the proxy."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import quote

_VERSIONED = ("OPENAI_BASE_URL", "OPENAI_API_BASE")
_PLAIN = ("ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL", "CODE_ASSIST_ENDPOINT", "OLLAMA_HOST")
ADDRESSES = (*_PLAIN, *_VERSIONED)
"""Variables that hold a provider's address; the versioned ones end in /v1."""


def variables(
    address: str, project: str = "", token: str = "", elsewhere: Collection[str] = ()
) -> dict[str, str]:
    """Variable -> value for a proxy at `address`, such as http://127.0.0.1:8787.

    project: tags the calls. elsewhere: variables that meant an address of their own, which the
    proxy knows as the upstream `own(variable)`.
    """
    origin = f"{address}/p/{quote(project, safe='')}" if project else address
    found = dict.fromkeys(_PLAIN, origin) | dict.fromkeys(_VERSIONED, f"{origin}/v1")
    found |= {name: f"{origin}/to/{own(name)}" for name in elsewhere}
    # Claude Code turns its tool search off for addresses that are not Anthropic's.
    found["ENABLE_TOOL_SEARCH"] = "true"
    if token:
        found["ANTHROPIC_CUSTOM_HEADERS"] = f"x-aicontext-token: {token}"
    return found


def own(variable: str) -> str:
    """The name of the upstream whose address the variable held before."""
    return variable.lower().replace("_", "-")


def project(folder: str) -> str:
    """A folder's name as the tag of a project."""
    return re.sub(r"[^\w.-]+", "-", folder).strip("-.")[:60]


def arguments(command: tuple[str, ...], found: dict[str, str]) -> tuple[str, ...]:
    """The command with what it needs beside variables: Codex wants its address as a setting."""
    if re.fullmatch(r"(?:.*[/\\])?codex(?:\.exe)?", command[0]):
        return (command[0], "-c", f'openai_base_url="{found["OPENAI_BASE_URL"]}"', *command[1:])
    return command
