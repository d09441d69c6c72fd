"""What is wrong with a manifest, in words that name the key and what is expected there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aicontext.domain.tools import Format, Scope, System, Via

KINDS = {
    "cli": "agents and chats in a terminal",
    "ide": "editors with an assistant of their own",
    "extension": "assistants inside an IDE",
    "plugin": "plugins of text editors",
    "desktop": "desktop programs",
    "cloud": "agents that run at their vendor",
    "server": "chat and workflow servers that one hosts oneself",
    "runtime": "servers of local models",
    "gateway": "gateways between tools and models",
    "notebook": "notebooks",
    "framework": "agent frameworks",
    "sdk": "libraries of model vendors",
}
STATUSES = ("verified", "likely", "ended")
WIRES = (
    *("anthropic-messages", "openai-chat", "openai-responses", "gemini", "ollama"),
    *("code-assist", "bedrock", "vertex", "cohere", "mcp", "acp", "private"),
)
AUTH = ("api-key", "oauth", "account", "none")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DATE = re.compile(r"20\d\d-[01]\d-[0-3]\d")
_LINK = re.compile(r"https://[\w.-]+\.\w+(/\S*)?")
_EXTENSION = re.compile(r"[\w-]+\.[\w-]+")
_PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")
_PLACEHOLDERS = {"proxy", "command", "hook", "mcp", "tool", "event", "token"}
_SECRET = re.compile(r"(?i)\{token\}|api_?-?key|secret|authorization|\bsk-|bearer")
_PATH = re.compile(r"(<\w+>/|~/|\$\{\w+:-~[^}]*\}/|\.?[\w*])[^\\]*")

Check = Callable[[Any], str]
"""What is expected where a value is not that; "" where it is."""


def _text(expected: str, pattern: re.Pattern[str]) -> Check:
    return lambda value: (
        "" if isinstance(value, str) and pattern.fullmatch(value) else f"expected {expected}"
    )


def _one_of(known: Any) -> Check:
    return lambda value: "" if value in tuple(known) else f"expected one of {', '.join(known)}"


def _texts(value: Any) -> str:
    fits = isinstance(value, list) and value and all(isinstance(x, str) and x for x in value)
    return "" if fits else "expected a list of texts"


def _each_of(known: Any) -> Check:
    return lambda value: (
        _texts(value)
        or ("" if set(value) <= set(known) else f"expected some of {', '.join(known)}")
    )


def _extensions(value: Any) -> str:
    named = not _texts(value) and all(_EXTENSION.fullmatch(one) for one in value)
    return "" if named else "expected names such as publisher.extension"


def _flag(value: object) -> str:
    return "" if value is True else "expected true, or nothing"


def _any(_: object) -> str:
    return ""


_SAID = _text("a text", re.compile(r"(?s)\S.*"))
_TOOL: Mapping[str, Check] = {
    "id": _text("small letters, digits and single hyphens", _ID),
    "name": _SAID,
    "kind": _one_of(KINDS),
    "status": _one_of(STATUSES),
    "checked_on": _text("a date such as 2026-11-22", _DATE),
    "vendor": _SAID,
    "docs": _text("an https link", _LINK),
    "wires": _each_of(WIRES),
    "auth": _each_of(AUTH),
    "limits": _texts,
    "verify": _SAID,
    "evidence": _SAID,
    "detect": _any,
    "connect": _any,
    "transcripts": _any,
    "start": _any,
}
_REQUIRED = ("id", "name", "kind", "status", "checked_on")
_DETECT: Mapping[str, Check] = {
    "commands": _texts,
    "paths": _any,
    "extensions": _extensions,
    "packages": _texts,
}
_CONNECT: Mapping[str, Check] = {
    "via": _one_of(Via),
    "user": _any,
    "project": _any,
    "format": _one_of(Format),
    "dialect": _any,
    "shape": _any,
    "events": _texts,
    "set": _any,
    "variables": _any,
    "arguments": _texts,
    "where_set": _flag,
    "by_hand": _SAID,
    "owned": _flag,
    "public": _flag,
    "likely": _flag,
}
_START: Mapping[str, Check] = {"arguments": _texts, "stdin": _flag}
_TRANSCRIPTS: Mapping[str, Check] = {
    "paths": _any,
    "form": _one_of(("jsonl", "json", "sqlite", "markdown", "yaml", "log", "other")),
    "like": _SAID,
    "usage": _SAID,
}


def problems(raw: Mapping[str, Any], shapes: Mapping[str, Any], folder: str) -> Iterator[str]:
    """Each as `key: what is wrong, what is expected`, for the manifest in `folder`."""
    yield from _table(raw, _TOOL, "", _REQUIRED)
    if raw.get("id") != folder:
        yield f"id: is {raw.get('id')!r}, expected the folder's name {folder!r}"
    detect = raw.get("detect", {})
    if not isinstance(detect, Mapping):
        yield "detect: expected a table"
        return
    yield from _table(detect, _DETECT, "detect.")
    if "paths" in detect:
        yield from _paths(detect["paths"], shapes, "detect.paths")
    if "start" in raw:
        yield from _start(raw["start"])
    for name, check in (("connect", _connection), ("transcripts", _transcripts)):
        entries = raw.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(x, Mapping) for x in entries):
            yield f"{name}: expected [[{name}]] tables"
            continue
        for at, entry in enumerate(entries, 1):
            yield from check(entry, shapes, f"{name}[{at}]")
    if not raw.get("connect") and not raw.get("transcripts"):
        yield "connect: is missing, expected a way to reach the tool or its transcripts"


def _start(entry: object) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield "start: expected a table"
        return
    yield from _table(entry, _START, "start.")
    texts = sum(word.count("{text}") for word in entry.get("arguments", ()))
    if texts + bool(entry.get("stdin")) != 1:
        yield "start: expected {text} once in its arguments, or stdin = true"


def _table(
    raw: Mapping[str, Any], checks: Mapping[str, Check], at: str, required: tuple[str, ...] = ()
) -> Iterator[str]:
    for key in required:
        if key not in raw:
            yield f"{at}{key}: is missing, {checks[key](None) or 'expected a value'}"
    for key, value in raw.items():
        if key not in checks:
            yield f"{at}{key}: is unknown, expected one of {', '.join(checks)}"
        elif wrong := checks[key](value):
            yield f"{at}{key}: is {value!r}, {wrong}"


def _paths(value: Any, shapes: Mapping[str, Any], at: str) -> Iterator[str]:
    by_system = value if isinstance(value, Mapping) else {"": value}
    for system, given in by_system.items():
        if system and system not in tuple(System):
            yield f"{at}.{system}: is unknown, expected one of {', '.join(System)}"
        found = [given] if isinstance(given, str) else given
        if wrong := _texts(found):
            yield f"{at}: is {given!r}, {wrong.replace('a list of texts', 'a path or paths')}"
            continue
        for one in found:
            if not _PATH.fullmatch(one):
                yield f"{at}: is {one!r}, expected a path such as ~/.tool/mcp.json"
            folder = re.match(r"<(\w+)>", one)
            if folder and folder[1] not in shapes["folders"]:
                known = ", ".join(f"<{name}>" for name in shapes["folders"])
                yield f"{at}: is {one!r}, expected one of {known} before it"


def _connection(entry: Mapping[str, Any], shapes: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _table(entry, _CONNECT, f"{at}.", ("via",))
    scopes = [scope for scope in Scope if scope in entry]
    for scope in scopes:
        yield from _paths(entry[scope], shapes, f"{at}.{scope}")
    ways = [key for key in ("variables", "arguments", "by_hand") if key in entry]
    if bool(scopes) == bool(ways):
        yield f"{at}: expected a file (user, project), or variables, arguments or by_hand"
    for key, shared in (("dialect", "dialects"), ("shape", "hooks")):
        if key in entry and entry[key] not in shapes[shared]:
            known = ", ".join(shapes[shared])
            yield f"{at}.{key}: is {entry[key]!r}, expected one of {known}"
    if scopes:
        yield from _written(entry, at)
    names = entry.get("variables", {})
    if isinstance(names, list) and not set(names) <= set(shapes["environment"]):
        yield f"{at}.variables: is {names!r}, expected names of [environment], or a table"
    yield from _placeholders([entry.get("set"), entry.get("by_hand")], _PLACEHOLDERS, at)
    launch = [entry.get("variables"), entry.get("arguments")]
    yield from _placeholders(launch, {"proxy", "token", *shapes["environment"]}, at)


def _written(entry: Mapping[str, Any], at: str) -> Iterator[str]:
    wants = {"mcp": "dialect", "hooks": "shape"}.get(entry.get("via", ""), "set")
    if wants not in entry and "set" not in entry and entry.get("via") != Via.RULES:
        yield f"{at}.{wants}: is missing, expected what goes into the file"
    if "set" in entry and not isinstance(entry["set"], Mapping | list):
        yield f"{at}.set: is {entry['set']!r}, expected a table or a list"
    if Scope.PROJECT in entry and _SECRET.search(repr(entry.get("set", ""))):
        yield f"{at}.set: holds a key or secret, expected none in a project's file"


def _placeholders(held: object, known: set[str], at: str) -> Iterator[str]:
    for name in sorted(set(_PLACEHOLDER.findall(repr(held))) - known):
        yield f"{at}: holds {{{name}}}, expected one of {', '.join(sorted(known))}"


def _transcripts(entry: Mapping[str, Any], shapes: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from _table(entry, _TRANSCRIPTS, f"{at}.", ("paths", "form"))
    if "paths" in entry:
        yield from _paths(entry["paths"], shapes, f"{at}.paths")
