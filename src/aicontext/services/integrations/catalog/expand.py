"""A tool from what its manifest holds, with the shapes that manifests share filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from aicontext.domain.tools import (
    Connection,
    Detection,
    Format,
    Paths,
    Scope,
    Start,
    System,
    Tier,
    Tool,
    Transcripts,
    Value,
    Via,
)

Raw = Mapping[str, Any]
"""A manifest, or the shapes, as parsed."""

_FORMATS = {".yml": Format.YAML, ".md": Format.MARKDOWN, ".mdc": Format.MARKDOWN}
_FORMATS |= {f".{name}": name for name in Format} | {".js": Format.TEXT}
_FOLDER = re.compile(r"^<(\w+)>")


def tool(raw: Raw, shapes: Raw) -> Tool:
    """The tool of a valid manifest, with its shapes filled in; placeholders stay."""
    detect = raw.get("detect", {})
    return Tool(
        id=raw["id"],
        name=raw["name"],
        kind=raw["kind"],
        status=raw["status"],
        checked_on=raw["checked_on"],
        vendor=raw.get("vendor", ""),
        docs=raw.get("docs", ""),
        wires=tuple(raw.get("wires", ())),
        auth=tuple(raw.get("auth", ())),
        limits=tuple(raw.get("limits", ())),
        verify=raw.get("verify", ""),
        evidence=raw.get("evidence", ""),
        detection=Detection(
            tuple(detect.get("commands", ())),
            paths(detect.get("paths", ()), shapes),
            tuple(detect.get("extensions", ())),
            tuple(detect.get("packages", ())),
        ),
        connections=tuple(
            one for entry in raw.get("connect", ()) for one in _connections(entry, shapes)
        ),
        transcripts=tuple(
            Transcripts(
                paths(entry["paths"], shapes),
                entry["form"],
                entry.get("like", ""),
                entry.get("usage", ""),
                entry.get("read", False),
            )
            for entry in raw.get("transcripts", ())
        ),
        start=_start(raw["start"]) if "start" in raw else None,
        tier=Tier(raw.get("tier", Tier.BRONZE)),
    )


def _start(entry: Raw) -> Start:
    return Start(tuple(entry.get("arguments", ())), entry.get("stdin", False))


def paths(given: Any, shapes: Raw) -> Paths:
    """Places by system: from one for all, a list in order of preference, or a table by system."""
    by_system = given if isinstance(given, Mapping) else dict.fromkeys(System, given)
    return {
        System(system): tuple(
            _FOLDER.sub(lambda match: shapes["folders"][match[1]][system], one)  # noqa: B023
            for one in ([found] if isinstance(found, str) else found)
        )
        for system, found in by_system.items()
        if found
    }


def _connections(entry: Raw, shapes: Raw) -> Iterator[Connection]:
    """One a scope."""
    via = Via(entry["via"])
    told = {"public": entry.get("public", False), "likely": entry.get("likely", False)}
    places = [(scope, paths(entry[scope], shapes)) for scope in Scope if scope in entry]
    for scope, files in places:
        first = next(iter(files.values()))[0]
        fragment, remote = _fragments(entry, via, first, shapes)
        yield Connection(
            via,
            scope,
            files,
            _format(entry, first, shapes),
            fragment,
            remote,
            owned=entry.get("owned", PurePosixPath(first).stem == "aicontext"),
            **told,
        )
    if not places:
        yield Connection(
            via,
            variables=_variables(entry.get("variables", {}), shapes),
            arguments=tuple(entry.get("arguments", ())),
            where_set=entry.get("where_set", False),
            by_hand=entry.get("by_hand", ""),
            **told,
        )


def _variables(given: Any, shapes: Raw) -> dict[str, str]:
    return (
        dict(given) if isinstance(given, Mapping) else {n: shapes["environment"][n] for n in given}
    )


def _format(entry: Raw, first: str, shapes: Raw) -> Format:
    of_dialect = shapes["dialects"].get(entry.get("dialect"), {}).get("format")
    return Format(entry.get("format") or of_dialect or _FORMATS[_ending(first)])


def _ending(path: str) -> str:
    """With its point; that of a file called .env as well."""
    name = path.rpartition("/")[2]
    return name[name.rfind(".") :] if "." in name else ""


def _fragments(entry: Raw, via: Via, first: str, shapes: Raw) -> tuple[Value, Value]:
    """What goes into the file, and what instead where a server is asked over HTTP."""
    if via is Via.MCP and "dialect" in entry:
        dialect = shapes["dialects"][entry["dialect"]]
        return dialect["stdio"], dialect.get("http")
    if via is Via.HOOKS and "shape" in entry:
        return _hooks(entry, shapes["hooks"][entry["shape"]]), None
    if via is Via.RULES and "set" not in entry:
        before = shapes["rules"]["before"].get(_ending(first)[1:], "")
        return before + shapes["rules"]["text"], None
    fragment: Value = entry["set"]
    return fragment, None


def _hooks(entry: Raw, shape: Raw) -> Value:
    if "text" in shape:
        text: Value = shape["text"]
        return text
    merged: dict[str, Any] = {}
    for event in entry.get("events", shape["events"]):
        _merge(merged, filled(shape["each"], {"event": event}))
    return merged


def _merge(into: dict[str, Any], more: Any) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        elif isinstance(value, list) and isinstance(into.get(key), list):
            into[key] = [*into[key], *value]
        else:
            into[key] = value


def filled(template: Value, values: Mapping[str, str]) -> Any:
    """The template with `values` for its placeholders, in keys too; other braces stay."""
    if isinstance(template, str):
        for name, value in values.items():
            template = template.replace(f"{{{name}}}", value)
        return template
    if isinstance(template, Mapping):
        return {filled(key, values): filled(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [filled(one, values) for one in template]
    return template
