"""How well it is known that a tool can be connected: its tier, from proofs that are run here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.domain.errors import AiContextError, NotFound
from aicontext.domain.proxy import UPSTREAMS
from aicontext.domain.tools import Connection, Format, Tier, Tool, Via
from aicontext.entrypoints.proxy.routes import route
from aicontext.services.integrations.catalog.expand import filled
from aicontext.services.integrations.editing import documents, fragments
from results import ROOT, result

CATALOG = ROOT / "src/aicontext/services/integrations/catalog"
OURS = ("aicontext",)
VALUES = {
    "command": "aicontext",
    "hook": "aicontext-hook",
    "mcp": "http://127.0.0.1:8787/mcp",
    "token": "",
}
RUN = {agent["package"] for agent in result("agents")["agents"]}
"""The packages of the agents whose runs are on record."""

PATHS = {
    "anthropic-messages": ("/v1/messages",),
    "openai-chat": ("/v1/chat/completions", "/openai/v1/chat/completions"),
    "openai-responses": ("/v1/responses",),
    "gemini": ("/v1beta/models/m:generateContent",),
    "code-assist": ("/v1internal:generateContent",),
    "ollama": ("/api/chat", "/v1/chat/completions"),
}
"""Where a client of that protocol posts to, below an address that names no version."""


def tier(tool: Tool, environment: Mapping[str, str], catalog: Path = CATALOG) -> Tier:
    """environment: the variables that tools share, see `_shapes.toml`."""
    sure = [one for one in tool.connections if not (one.likely or one.by_hand)]
    if not sure or not all(
        restored(tool, one, catalog) and reaches(tool, one, environment) for one in sure
    ):
        return Tier.BRONZE
    names = {package.partition(":")[2] for package in tool.detection.packages}
    on_record = bool(names & RUN) or (tool.evidence and (ROOT / tool.evidence).is_file())
    return Tier.GOLD if on_record else Tier.SILVER


def sample(tool: Tool, connection: Connection, catalog: Path = CATALOG) -> Path | None:
    """A sample of the file that the connection edits: the tool's own, or for texts that of all
    tools; None where nothing is edited."""
    if not connection.files or connection.owned:
        return None
    if connection.format is Format.MARKDOWN:
        return catalog / "_samples/AGENTS.md"
    name = next(iter(connection.files.values()))[0].rpartition("/")[2]
    return catalog / tool.id / name


def restored(tool: Tool, connection: Connection, catalog: Path = CATALOG) -> bool:
    """Whether what goes into its file can be put there once and for all, is read back as it is
    meant, and leaves the same data when it is taken out; so too in a file that was not there."""
    path = sample(tool, connection, catalog)
    if not connection.files or connection.format in (None, Format.TEXT):
        return True
    texts = [path.read_bytes().decode() if path else "", ""]
    given = [one for one in (connection.fragment, connection.remote) if one is not None]
    values = {**VALUES, "proxy": "http://127.0.0.1:8787", "tool": tool.id}
    return all(
        _comes_back(connection.format, text, filled(fragment, values))
        for text in texts
        for fragment in given
    )


def _comes_back(kind: Format, text: str, fragment: Any) -> bool:
    if isinstance(fragment, str):
        fragment = {OURS[0]: fragment}
    try:
        changed, made = fragments.merged(kind, text, fragment)
        again, _ = fragments.merged(kind, changed, fragment)
        back, left = fragments.taken(kind, changed, made)
        held = all(
            documents.look(kind, changed, one.path) == documents.read(kind, one.value)
            for one in made
        )
        same = (documents.parse(kind, back) or {}) == (documents.parse(kind, text) or {})
    except AiContextError:
        return False
    return changed == again != text and held and same and not left


def reaches(tool: Tool, connection: Connection, environment: Mapping[str, str]) -> bool:
    """Whether the proxy knows what to do with calls to each address that the connection sets, in
    one of the protocols that the tool speaks."""
    if connection.via is not Via.PROXY:
        return True
    held = repr([connection.fragment, dict(connection.variables), connection.arguments])
    for name, address in environment.items():
        held = held.replace(f"{{{name}}}", address)
    found = re.findall(r"\{proxy\}([\w./-]*)", held)
    return bool(found) and all(any(_planned(tool, path)) for path in found)


def _planned(tool: Tool, path: str) -> Iterator[bool]:
    for wire in tool.wires:
        for end in PATHS.get(wire, ()):
            short = end.removeprefix("/v1") if path.endswith("/v1") else end
            try:
                found = route("POST", path if path.endswith(short) else path + short, {})
            except NotFound:
                continue
            yield found.planned and found.upstream in UPSTREAMS
