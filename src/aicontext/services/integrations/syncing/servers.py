"""MCP servers, as the tools' dialects write them. The dialects are the catalogue's data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aicontext.domain.tools import Value
from aicontext.services.integrations.editing.fragments import OURS

_KEYED = re.compile(
    r"(?i)key|token|secret|passw|auth|credential|bearer|\bsk-|\bgh[pousr]_|\bxox|[$@?]|%\w+%"
)
"""What may hold a key, or lead to one, in a word of a command or an address."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is started by a command, or asked at an address."""

    command: str = ""
    arguments: tuple[str, ...] = ()
    url: str = ""

    @property
    def keyed(self) -> bool:
        """Whether a word of it may be a key."""
        return any(_KEYED.search(word) for word in (self.command, *self.arguments, self.url))

    def told(self) -> dict[str, Any]:
        """For JSON."""
        if self.url:
            return {"url": self.url}
        return {"command": self.command, "args": list(self.arguments)}


@dataclass(frozen=True, slots=True)
class Dialect:
    """path: of the servers in a document. listed: they are a list whose elements have a name.
    local, remote: our own server in it, with placeholders; None where it takes no such."""

    path: tuple[str, ...]
    listed: bool
    local: Mapping[str, Value] | None
    remote: Mapping[str, Value] | None

    @classmethod
    def of(cls, fragment: Value, remote: Value) -> Dialect | None:
        """From what connects a tool with our own server; None where that is in no table of ours."""
        found = next(_ours(fragment, ()), None)
        if found is None:
            return None
        path, listed, local = found
        asked = next(_ours(remote, ()), None)
        return cls(path, listed, local, asked[2] if asked else None)

    def servers(self, data: object) -> dict[str, Server | None]:
        """By name; None for one that says more than a command or an address."""
        for key in self.path:
            data = data.get(key) if isinstance(data, Mapping) else None
        if self.listed and isinstance(data, list):
            named = {str(one.get("name", "")): one for one in data if isinstance(one, Mapping)}
        else:
            named = dict(data) if isinstance(data, Mapping) and not self.listed else {}
        return {
            name: self._server(name, one) for name, one in named.items() if name not in ("", OURS)
        }

    def fragment(self, servers: Mapping[str, Server]) -> Value:
        """To be merged into a document; without those that the dialect cannot say."""
        entries = {
            name: entry for name, one in servers.items() if (entry := self._entry(name, one))
        }
        if not entries:
            return {}
        fragment: Value = list(entries.values()) if self.listed else entries
        for key in reversed(self.path):
            fragment = {key: fragment}
        return fragment

    def _server(self, name: str, entry: object) -> Server | None:
        for template in filter(None, (self.local, self.remote)):
            if isinstance(entry, Mapping) and (found := _read(template, name, entry)):
                return found
        return None

    def _entry(self, name: str, server: Server) -> dict[str, Any] | None:
        template = self.remote if server.url else self.local
        if template is None:
            return None
        filled = {key: _filled(value, name, server) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value != []}


def _ours(
    fragment: Value, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], bool, Mapping[str, Value]]]:
    """(path of the servers, whether they are a list, our own among them)."""
    if not isinstance(fragment, Mapping):
        return
    for key, value in fragment.items():
        if key == OURS and isinstance(value, Mapping):
            yield path, False, value
        elif isinstance(value, Sequence) and not isinstance(value, str):
            for one in value:
                if isinstance(one, Mapping) and one.get("name") == OURS:
                    yield (*path, key), True, one
        else:
            yield from _ours(value, (*path, key))


def _read(template: Mapping[str, Value], name: str, entry: Mapping[str, object]) -> Server | None:
    """The server that an entry in the template's form says; None where it says anything else."""
    if any(key not in template and value for key, value in entry.items()):
        return None
    command, arguments, url = "", list[str](), ""
    for key, expected in template.items():
        value = entry.get(key)
        words = _words(value)
        if expected == "{command}" and isinstance(value, str):
            command = value
        elif expected == "{mcp}" and isinstance(value, str):
            url = value
        elif expected == ["mcp"] and words is not None:
            arguments = words
        elif expected == ["{command}", "mcp"] and words:
            command, *arguments = words
        elif value is not None and value != (name if expected == OURS else expected):
            return None
    return Server(command, tuple(arguments), url) if command or url else None


def _words(value: object) -> list[str] | None:
    """The words of a list; None for anything else."""
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        return None
    return list(value)


def _filled(value: Value, name: str, server: Server) -> Any:
    match value:
        case "{command}":
            return server.command
        case "{mcp}":
            return server.url
        case ["mcp"]:
            return list(server.arguments)
        case ["{command}", "mcp"]:
            return [server.command, *server.arguments]
        case str() if value == OURS:
            return name
    return value
