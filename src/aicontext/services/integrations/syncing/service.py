"""One project's rules and MCP servers in the files of several tools, and out of them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from aicontext.domain.tools import SHARED, Connection, Part, Scope, Tool, Via
from aicontext.services.integrations.connections import texts
from aicontext.services.integrations.connections.service import ConnectionService, Edit, placed
from aicontext.services.integrations.editing import documents
from aicontext.services.integrations.syncing import rules
from aicontext.services.integrations.syncing.servers import Dialect, Server

MORE = "it says more than a command or an address"
KEYED = "a word of it may be a key"
DIFFER = "the tools say different things"


@dataclass(frozen=True, slots=True)
class Left:
    """What was not carried over. what: rules or a server. where: the files that have it.
    conflict: tools say different things of it."""

    what: str
    why: str
    where: tuple[str, ...]
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Synced:
    """edits: of the files, also where nothing had to change. shared: what the tools agree on, ready
    for JSON: `rules`, a text, and `mcp_servers`, by name with `command` and `args`, or `url`."""

    edits: tuple[Edit, ...] = ()
    left: tuple[Left, ...] = ()
    shared: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conflicts(self) -> tuple[Left, ...]:
        return tuple(one for one in self.left if one.conflict)


@dataclass(slots=True)
class _Place:
    """A file that tools read. content: without us. servers: that stand in it."""

    path: str
    way: Connection
    tools: list[str]
    content: bytes | None
    servers: Mapping[str, Server | None] = field(default_factory=dict)

    @property
    def dialect(self) -> Dialect | None:
        return Dialect.of(self.way.fragment, self.way.remote)


@dataclass(frozen=True, slots=True)
class _Plan:
    """wanted: (a file, the part for it; None for none). shared: what the tools agree on."""

    left: list[Left] = field(default_factory=list)
    wanted: list[tuple[str, Part | None]] = field(default_factory=list)
    shared: Any = ""


class SyncService:
    """rules: the text of ours that connects a tool by its rules."""

    def __init__(self, connections: ConnectionService, rules_text: str) -> None:
        self._connections = connections
        self._rules_text = rules_text

    def sync(
        self,
        tools: Sequence[Tool],
        scope: Scope,
        project: str,
        source: str = "",
        *,
        dry: bool = False,
    ) -> Synced:
        """What people wrote for one of the tools, for the others too.

        source: the tool that counts, where they differ. Nothing that stands in a file is changed,
        and nothing that may be a key is copied. Raises InvalidInput where a file is malformed,
        Unavailable where it cannot be written.
        """
        name = _name(scope, project)
        plans = [plan(tools, scope, source, name) for plan in (self._servers, self._rules)]
        edits = [
            edit
            for plan in plans
            for path, part in plan.wanted
            for edit in self._written(path, part, name, dry=dry)
        ]
        servers, rules_text = (plan.shared for plan in plans)
        shared = {"rules": rules_text, "mcp_servers": servers}
        left = tuple(one for plan in plans for one in plan.left)
        return Synced(tuple(edits), left, {key: value for key, value in shared.items() if value})

    def undo(self, scope: Scope, project: str, *, dry: bool = False) -> Synced:
        """Each file as it would be without what `sync` put there."""
        done = self._connections.disconnect(_name(scope, project), dry=dry)
        return Synced(tuple(one.edit for one in done if one.edit))

    def _written(self, path: str, part: Part | None, name: str, *, dry: bool) -> Iterable[Edit]:
        if part is not None:
            return [self._connections.put(path, part, dry=dry)]
        return self._connections.take(path, name, dry=dry)

    def _places(self, tools: Sequence[Tool], via: Via, scope: Scope) -> list[_Place]:
        """The tools' files of that kind; several may read the same."""
        found: dict[str, _Place] = {}
        for tool in tools:
            for way in tool.connections:
                if way.via is not via or way.scope is not scope or not way.files or way.public:
                    continue
                files = texts.places(way, rules.NAME) if via is Via.RULES else way.files
                path, content = self._connections.original(files, scope)
                place = found.setdefault(path, _Place(path, way, [], content))
                place.tools.append(tool.id)
        return list(found.values())

    def _servers(self, tools: Sequence[Tool], scope: Scope, source: str, name: str) -> _Plan:
        places = [one for one in self._places(tools, Via.MCP, scope) if one.dialect]
        for place in places:
            place.servers = _servers(place)
        left: list[Left] = []
        agreed: dict[str, Server] = {}
        for server in sorted({name for place in places for name in place.servers}):
            having = [place for place in places if server in place.servers]
            counted = [place for place in having if not source or source in place.tools]
            said = {place.servers[server] for place in counted}
            where = tuple(place.path for place in having)
            if len(said) > 1:
                left.append(Left(f"server {server}", DIFFER, where, conflict=True))
            for one in said if len(said) == 1 else ():
                if one is None or one.keyed:
                    left.append(Left(f"server {server}", KEYED if one else MORE, where))
                else:
                    agreed[server] = one
        wanted = [(place.path, _lacking(place, agreed, name)) for place in places]
        return _Plan(left, wanted, {name: one.told() for name, one in agreed.items()})

    def _rules(self, tools: Sequence[Tool], scope: Scope, source: str, name: str) -> _Plan:
        places = self._places(tools, Via.RULES, scope)
        own = {place.path: rules.text(place.content) for place in places if not place.way.owned}
        counted = {
            place.path: own[place.path]
            for place in places
            if own.get(place.path) and (not source or source in place.tools)
        }
        where = tuple(counted)
        if len(set(counted.values())) > 1:
            return _Plan([Left("rules", DIFFER, where, conflict=True)])
        said = next(iter(counted.values()), "")
        if why := rules.unfit(said):
            return _Plan([Left("rules", why, where)])
        shared = rules.shared(said, PurePath(where[0]).name) if said else ""
        plan = _Plan(shared=said)
        for place in places:
            text = own.get(place.path, "")
            imports = bool(place.content and place.content.strip()) and not text
            needed = shared and text != said and (not text or source) and not imports
            part = self._shared(place, shared, name) if needed else None
            plan.wanted.append((place.path, part))
        return plan

    def _shared(self, place: _Place, text: str, name: str) -> Part:
        about = "Rules of this project"
        return texts.part(
            place.way, rules.NAME, text, owner=name, ours=self._rules_text, about=about
        )


def _name(scope: Scope, project: str) -> str:
    """Under which our parts are kept, so that each project can be put back alone."""
    return f"{SHARED}:{project}" if scope is Scope.PROJECT else SHARED


def _servers(place: _Place) -> Mapping[str, Server | None]:
    kind, dialect = place.way.format, place.dialect
    assert kind
    assert dialect
    text = (place.content or b"").decode("utf-8", "replace").removeprefix("\ufeff")
    return placed(place.path, lambda: dialect.servers(documents.parse(kind, text)))


def _lacking(place: _Place, agreed: Mapping[str, Server], owner: str) -> Part | None:
    """The servers that the file has not, as far as its dialect can say them."""
    lacking = {name: one for name, one in agreed.items() if name not in place.servers}
    way, dialect = place.way, place.dialect
    assert way.format
    assert dialect
    fragment = dialect.fragment(lacking)
    return Part(owner, way.via, way.scope, way.format, fragment) if fragment else None
