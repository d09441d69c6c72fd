"""One project's rules and MCP servers in the files of several tools, and out of them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from aicontext.domain.tools import SHARED, Connection, Format, Part, Scope, Tool, Value, Via
from aicontext.services.integrations.connections.service import ConnectionService, Edit, placed
from aicontext.services.integrations.editing import documents
from aicontext.services.integrations.syncing import rules
from aicontext.services.integrations.syncing.servers import Dialect, Server

_OWNED = "aicontext."
_APART = "aicontext-shared."
"""What a file of ours is called beside the one that connects a tool."""

MORE = "it says more than a command or an address"
KEYED = "a word of it may be a key"
DIFFER = "the tools say different things"


@dataclass(frozen=True, slots=True)
class Left:
    """What was not carried over. what: rules or a server. where: the files that have it."""

    what: str
    why: str
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Synced:
    """edits: of the files, also where nothing had to change. conflicts: what tools say
    differently, so that nothing was written of it."""

    edits: tuple[Edit, ...] = ()
    conflicts: tuple[Left, ...] = ()
    left: tuple[Left, ...] = ()


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
        parts = (
            self._servers(tools, scope, source, name),
            self._rules(tools, scope, source, name),
        )
        edits = [
            edit
            for _, wanted in parts
            for path, part in wanted
            for edit in self._written(path, part, name, dry=dry)
        ]
        notes = [note for found, _ in parts for note in found]
        return Synced(
            tuple(edits),
            tuple(note for differs, note in notes if differs),
            tuple(note for differs, note in notes if not differs),
        )

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
                files = way.files
                if via is Via.RULES and way.owned:
                    files = {
                        system: tuple(path.replace(_OWNED, _APART) for path in paths)
                        for system, paths in files.items()
                    }
                path, content = self._connections.original(files, scope)
                place = found.setdefault(path, _Place(path, way, [], content))
                place.tools.append(tool.id)
        return list(found.values())

    def _servers(self, tools: Sequence[Tool], scope: Scope, source: str, name: str) -> _Plan:
        places = [one for one in self._places(tools, Via.MCP, scope) if one.dialect]
        for place in places:
            place.servers = _servers(place)
        notes: list[tuple[bool, Left]] = []
        agreed: dict[str, Server] = {}
        for server in sorted({name for place in places for name in place.servers}):
            having = [place for place in places if server in place.servers]
            if source and not any(source in place.tools for place in having):
                continue
            where = tuple(place.path for place in having)
            one, *others = {place.servers[server] for place in having}
            if others:
                notes.append((True, Left(f"server {server}", DIFFER, where)))
            elif one is None or one.keyed:
                notes.append((False, Left(f"server {server}", KEYED if one else MORE, where)))
            else:
                agreed[server] = one
        wanted = [
            (place.path, _part(name, place, Via.MCP, _lacking(place, agreed))) for place in places
        ]
        return notes, wanted

    def _rules(self, tools: Sequence[Tool], scope: Scope, source: str, name: str) -> _Plan:
        places = self._places(tools, Via.RULES, scope)
        texts = {place.path: rules.text(place.content) for place in places if not place.way.owned}
        counted = {
            place.path: texts[place.path]
            for place in places
            if texts.get(place.path) and (not source or source in place.tools)
        }
        notes: list[tuple[bool, Left]] = []
        where = tuple(counted)
        said = next(iter(counted.values()), "")
        if len(set(counted.values())) > 1:
            notes.append((True, Left("rules", DIFFER, where)))
            said = ""
        elif why := rules.unfit(said):
            notes.append((False, Left("rules", why, where)))
            said = ""
        shared = rules.shared(said, PurePath(where[0]).name) if said else ""
        wanted = []
        for place in places:
            own = texts.get(place.path, "")
            imports = bool(place.content and place.content.strip()) and not own
            needs = shared and own != said and (not own or source) and not imports
            section = self._section(place, shared) if needs else None
            wanted.append((place.path, _part(name, place, Via.RULES, section)))
        return notes, wanted

    def _section(self, place: _Place, shared: str) -> Value:
        if not place.way.owned:
            return {rules.SECTION: shared}
        head = str(place.way.fragment).removesuffix(self._rules_text)
        return f"{rules.described(head)}{shared}\n"


_Plan = tuple[list[tuple[bool, Left]], list[tuple[str, Part | None]]]
"""((it is a conflict, what was left), (a file, the part for it, None for none))."""


def _name(scope: Scope, project: str) -> str:
    """Under which our parts are kept, so that each project can be put back alone."""
    return f"{SHARED}:{project}" if scope is Scope.PROJECT else SHARED


def _servers(place: _Place) -> Mapping[str, Server | None]:
    kind, dialect = place.way.format, place.dialect
    assert kind
    assert dialect
    text = (place.content or b"").decode("utf-8", "replace").removeprefix("\ufeff")
    return placed(place.path, lambda: dialect.servers(documents.parse(kind, text)))


def _lacking(place: _Place, agreed: Mapping[str, Server]) -> Value:
    lacking = {name: one for name, one in agreed.items() if name not in place.servers}
    return place.dialect.fragment(lacking) if place.dialect else {}


def _part(name: str, place: _Place, via: Via, fragment: Value) -> Part | None:
    if not fragment:
        return None
    kind = place.way.format or Format.MARKDOWN
    return Part(name, via, place.way.scope, kind, fragment, place.way.owned and via is Via.RULES)
