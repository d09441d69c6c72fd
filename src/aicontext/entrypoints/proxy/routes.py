"""Where a request belongs, from its address alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.services.integrations.wire import Wire


@dataclass(frozen=True, slots=True)
class Route:
    """upstream: its name. target: path and query as they go out, bytes kept. wire: the protocol,
    also of what is passed on untouched, where it is known. planned: the body is a conversation
    that may be made smaller. counts: it asks for a count of tokens, not for an answer. model: the
    one named in the address. project, tool: as which the address tags the call.
    """

    upstream: str
    target: str
    wire: Wire | None = None
    planned: bool = False
    counts: bool = False
    model: str = ""
    project: str = ""
    tool: str = ""


_SHAPES: tuple[tuple[re.Pattern[str], Wire], ...] = (
    (re.compile(r"(?:/v1|^)/messages(?P<counts>/count_tokens)?$"), Wire.ANTHROPIC),
    (re.compile(r"/models/(?P<model>[^/:]*):(?:streamR|r)awPredict$"), Wire.ANTHROPIC),
    (re.compile(r"/model/(?P<model>[^/]+)/invoke(?:-with-response-stream)?$"), Wire.ANTHROPIC),
    (re.compile(r"/chat/completions$"), Wire.CHAT),
    (re.compile(r"/responses$"), Wire.RESPONSES),
    (
        re.compile(r"/(?:models/(?P<model>[^/:]*)|v1internal):(?:streamG|g)enerateContent$"),
        Wire.GEMINI,
    ),
    (re.compile(r"/api/(?:chat|generate)$"), Wire.OLLAMA),
)
"""What a POST to a path of this shape carries."""

_Home: TypeAlias = tuple[str, Wire]

_HOMES: tuple[tuple[re.Pattern[str], str, str, Wire], ...] = (
    (re.compile(r"/v1/(?:messages|complete)\b"), "anthropic", "", Wire.ANTHROPIC),
    (re.compile(r"/messages\b"), "anthropic", "/v1", Wire.ANTHROPIC),
    (re.compile(r"/backend-api/"), "chatgpt", "", Wire.RESPONSES),
    (re.compile(r"/v1internal\b"), "code-assist", "", Wire.GEMINI),
    (re.compile(r"/(?:upload/)?v1(?:beta|alpha)\d*/|/v1/models/[^/]*:"), "gemini", "", Wire.GEMINI),
    (re.compile(r"/api/\w+"), "ollama", "", Wire.OLLAMA),
    (re.compile(r"/v1/"), "openai", "", Wire.CHAT),
    (
        re.compile(r"/(?:chat/completions|responses|models|embeddings|completions)\b"),
        "openai",
        "/v1",
        Wire.CHAT,
    ),
)
"""Paths, whose they are where the address names no upstream, and what stands before them there."""

_TAGS = re.compile(r"/(to|p|as)/([^/?#]+)(?=[/?]|$)")
_DOTS = re.compile(r"/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


def route(method: str, target: str, headers: Mapping[str, str]) -> Route:
    """The route of a request. `/to/<upstream>`, `/p/<project>` and `/as/<tool>` before the path are
    taken off.

    Raises NotFound where no upstream is meant, InvalidInput where the address is unusable.
    """
    return _route(method == "POST", target, _openai_or(headers))


@lru_cache(maxsize=256)
def _route(posted: bool, target: str, bare: _Home) -> Route:
    """bare: whose the paths are that several providers have."""
    tags: dict[str, str] = {}
    while match := _TAGS.match(target):
        tags.setdefault(match[1], unquote(match[2]))
        target = target[match.end() :] or "/"
    path = target.partition("?")[0]
    if not path.startswith("/") or "#" in target or _DOTS.search(path):
        raise InvalidInput(
            "The address must be a plain path.", hint="Use http://<this server>/<provider's path>."
        )
    wire, match = next(
        ((wire, found) for shape, wire in _SHAPES if (found := shape.search(path))), (None, None)
    )
    named = match.groupdict() if match else {}
    upstream = tags.get("to", "")
    if not upstream:
        upstream, before, home = _home(path, bare)
        target, wire = before + target, wire or home
    return Route(
        upstream=upstream,
        target=target,
        wire=wire,
        planned=match is not None and posted,
        counts=bool(named.get("counts")),
        model=unquote(named.get("model") or ""),
        project=tags.get("p", ""),
        tool=tags.get("as", ""),
    )


def _openai_or(headers: Mapping[str, str]) -> _Home:
    """(upstream, protocol) of paths that OpenAI has and others too, by a header of theirs."""
    if "anthropic-version" in headers:
        return "anthropic", Wire.ANTHROPIC
    return ("gemini", Wire.GEMINI) if "x-goog-api-key" in headers else ("openai", Wire.CHAT)


def _home(path: str, bare: _Home) -> tuple[str, str, Wire]:
    """(upstream, what goes before the path, protocol) of an address that names no upstream."""
    for shape, upstream, before, wire in _HOMES:
        if shape.match(path):
            upstream, wire = bare if upstream == "openai" else (upstream, wire)
            return upstream, before, wire
    raise NotFound(
        "No provider has this path.", hint="Name the upstream: /to/<name>/<path at the upstream>."
    )
