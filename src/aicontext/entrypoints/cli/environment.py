"""The variables by which tools find the proxy."""

from __future__ import annotations

import re
from urllib.parse import quote


def variables(address: str, project: str = "", token: str = "") -> dict[str, str]:
    """Variable -> value for a proxy at `address`, such as http://127.0.0.1:8787.

    project: tags the calls. Some tools want the address as the provider's own, others with its
    version; each variable gets the form that its readers expect.
    """
    origin = f"{address}/p/{quote(project, safe='')}" if project else address
    versioned = f"{origin}/v1"
    found = {
        "ANTHROPIC_BASE_URL": origin,
        "OPENAI_BASE_URL": versioned,
        "OPENAI_API_BASE": versioned,
        "GOOGLE_GEMINI_BASE_URL": origin,
        "CODE_ASSIST_ENDPOINT": origin,
        "OLLAMA_HOST": origin,
        # Claude Code turns its tool search off for addresses that are not Anthropic's.
        "ENABLE_TOOL_SEARCH": "true",
    }
    if token:
        found["ANTHROPIC_CUSTOM_HEADERS"] = f"x-aicontext-token: {token}"
    return found


def project(folder: str) -> str:
    """A folder's name as the tag of a project."""
    return re.sub(r"[^\w.-]+", "-", folder).strip("-.")[:60]


def arguments(command: tuple[str, ...], found: dict[str, str]) -> tuple[str, ...]:
    """The command with what it needs beside variables: Codex wants its address as a setting."""
    if re.fullmatch(r"(?:.*[/\\])?codex(?:\.exe)?", command[0]):
        return (command[0], "-c", f'openai_base_url="{found["OPENAI_BASE_URL"]}"', *command[1:])
    return command
