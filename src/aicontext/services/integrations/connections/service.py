"""Tools connected through their own files, and disconnected without a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from aicontext.domain.errors import InvalidInput, Malformed, Unavailable
from aicontext.domain.tools import Connection, Held, Part, Paths, Scope, Tool, Value, Via
from aicontext.kit.clock import CLOCK, Clock
from aicontext.ports.files import Files
from aicontext.ports.stores.connections import Connections
from aicontext.services.integrations.callers import KNOWN
from aicontext.services.integrations.catalog.expand import filled
from aicontext.services.integrations.connections import contents

Result = TypeVar("Result")

COMMANDS = {Via.MCP: "mcp", Via.HOOKS: "hook", Via.STATUS: "hook"}
"""The command of ours that tools start, where they do."""

PREFERRED = (Via.PROXY, Via.MCP)
"""Where no way is named, the first of these that a tool has a file for and we can serve; rules
alone would only speak of what another way does."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A file before and after, bytes or None for no file. left: what of ours others changed since,
    which stays as they have it. ends: addresses of the user's own to which calls go on."""

    path: str
    before: bytes | None
    after: bytes | None
    left: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one way to reach a tool. by_hand: what a person has to do, where no file of
    the tool can be edited."""

    tool: str
    via: Via
    scope: Scope = Scope.USER
    edit: Edit | None = None
    by_hand: str = ""


class ConnectionService:
    """values: of the placeholders in manifests. commands: of ours that exist."""

    def __init__(
        self,
        files: Files,
        record: Connections,
        values: Mapping[str, str],
        *,
        commands: frozenset[str] = frozenset(),
        clock: Clock = CLOCK,
    ) -> None:
        self._files = files
        self._record = record
        self._values = values
        self._commands = commands
        self._clock = clock

    def connect(
        self, tool: Tool, via: Via | None, scope: Scope, *, dry: bool = False
    ) -> list[Done]:
        """Each file that the way needs, edited; nothing is written where `dry`.

        Raises InvalidInput where the tool cannot be reached so, where its file is malformed or
        holds something else in our place, and Unavailable where it cannot be written.
        """
        chosen = self._chosen(tool, via, scope)
        ways = [one for one in tool.connections if one.via is chosen and one.files]
        here = [one for one in ways if one.scope is scope]
        if not here:
            return [Done(tool.id, chosen, scope, by_hand=self._by_hand(tool, chosen, ways, scope))]
        with self._record.locked():
            self._recover()
            return [
                Done(tool.id, chosen, scope, self._connected(tool, way, dry=dry)) for way in here
            ]

    def disconnect(self, tool: str, *, dry: bool = False) -> list[Done]:
        """Each file that held a part of the tool's, as it would be without. Empty where none did.

        Raises InvalidInput where a file is malformed, Unavailable where it cannot be written.
        """
        with self._record.locked():
            self._recover()
            return list(self._disconnected(tool, dry=dry))

    def original(self, files: Paths, scope: Scope) -> tuple[str, bytes | None]:
        """(the path of the file, its bytes as they would be without us).

        Raises NotFound, InvalidInput, Unavailable.
        """
        path = self._files.locate(files, inside=scope is Scope.PROJECT)
        now, held = self._files.read(path), self._at(path)
        return path, placed(path, lambda: contents.base(held, now))

    def put(self, path: str, part: Part, *, dry: bool = False) -> Edit:
        """The file with the part in it, in the place of the one that came the same way.

        Raises as `connect` does.
        """
        with self._record.locked():
            self._recover()
            return self._put(path, lambda _: replace(part, at=self._clock.now()), dry=dry)

    def take(self, path: str, tool: str, *, dry: bool = False) -> list[Edit]:
        """The file without the parts under the name; empty where it holds none."""
        with self._record.locked():
            self._recover()
            return [one.edit for one in self._disconnected(tool, path, dry=dry) if one.edit]

    def offers(self, tool: Tool, via: Via | None, scope: Scope) -> bool:
        """Whether `connect` has a way for it, be it by hand."""
        try:
            return bool(self._chosen(tool, via, scope))
        except InvalidInput:
            return False

    def held(self) -> list[Held]:
        """All files that hold parts of ours."""
        return list(self._record.all())

    def _chosen(self, tool: Tool, via: Via | None, scope: Scope) -> Via:
        """Raises InvalidInput where the tool cannot be reached by the way, or by any."""
        within = [one for one in tool.connections if not one.public]
        if via is None:
            offered = [one for one in PREFERRED if any(one is way.via for way in within)]
            offered = [one for one in offered if self._served(one)]
            edited = {way.via for way in within if way.files and way.scope is scope}
            via = next((one for one in offered if one in edited), next(iter(offered), None))
        see = f"See: aicontext tools {tool.id}."
        if via is None or all(one.via is not via for one in tool.connections):
            raise InvalidInput(f"{tool.name} cannot be reached by {via or 'edits'}.", hint=see)
        if all(one.via is not via for one in within):
            raise InvalidInput(
                f"The servers of {tool.name} call the address, and cannot reach this machine.",
                hint=see,
            )
        if not self._served(via):
            raise InvalidInput(
                f"This version has no `aicontext {COMMANDS[via]}` for {tool.name} to start.",
                hint=f"Connect it by another way. {see}",
            )
        return via

    def _served(self, via: Via) -> bool:
        return via not in COMMANDS or COMMANDS[via] in self._commands

    def _by_hand(self, tool: Tool, via: Via, ways: Sequence[Connection], scope: Scope) -> str:
        if ways:
            other = ways[0].scope
            return f"It has no file for the {scope}; connect it with --scope {other}."
        for one in tool.connections:
            if one.via is via and one.by_hand:
                return str(filled(one.by_hand, {**self._values, "tool": tool.id}))
        program = next(iter(tool.detection.commands), "PROGRAM")
        return f"It reads its address when it starts: aicontext run {program}"

    def _connected(self, tool: Tool, way: Connection, *, dry: bool) -> Edit:
        path = self._files.locate(way.files, inside=way.scope is Scope.PROJECT)
        return self._put(path, lambda original: self._part(tool, way, original), dry=dry)

    def _put(self, path: str, make: Callable[[bytes | None], Part], *, dry: bool) -> Edit:
        """make: the part for a file that is so without us."""
        held, now = self._at(path), self._files.read(path)
        part = placed(path, lambda: make(contents.base(held, now)))
        original, after = placed(path, lambda: contents.added(held, now, part))
        others = [one for one in held.parts if one.way != part.way] if held else []
        same = held is not None and part in held.parts
        parts = held.parts if held and same else (*others, part)
        if not dry and (now != after or not same or (held and now != held.content)):
            folders = held.folders if held else self._files.missing_folders(path)
            self._write(Held(path, original, now, after, parts, folders), held)
        return Edit(path, now, after, ends=tuple(url for _, url in part.upstreams))

    def _part(self, tool: Tool, way: Connection, original: bytes | None) -> Part:
        assert way.format
        values = {**self._values, "tool": tool.id}
        if tool.id not in KNOWN:
            values["proxy"] += f"/as/{tool.id}"
        if way.scope is Scope.PROJECT:
            # Others work with that file too: nothing of this machine, and no key.
            values |= {"command": "aicontext", "hook": "aicontext-hook", "token": ""}
        fragment = filled(_told(way.fragment, values["token"]), values)
        part = Part(tool.id, way.via, way.scope, way.format, fragment, way.owned, self._clock.now())
        if way.via is not Via.PROXY:
            return part
        return contents.passed_on(part, original, values["proxy"])

    def _disconnected(self, tool: str, path: str = "", *, dry: bool) -> Iterator[Done]:
        """path: of the one file that is meant; else all."""
        for held in self.held():
            parts = [one for one in held.parts if one.tool == tool]
            if not parts or path not in ("", held.path):
                continue
            now = self._files.read(held.path)
            after, left = placed(held.path, lambda: contents.without(held, now, parts))  # noqa: B023
            kept = tuple(one for one in held.parts if one not in parts)
            if not dry:
                original = held.original
                if now != held.content:
                    original, _ = contents.without(held, now, held.parts)
                self._write(Held(held.path, original, now, after, kept, held.folders), held)
            for one in parts:
                yield Done(tool, one.via, one.scope, Edit(held.path, now, after, left))

    def _at(self, path: str) -> Held | None:
        return next((held for held in self._record.all() if held.path == path), None)

    def _write(self, held: Held, previous: Held | None) -> None:
        """The intent is kept first, so that the next call can finish what a kill cut short."""
        self._record.keep(held)
        try:
            self._files.write(held.path, held.content, held.before)
        except Unavailable:
            if previous:
                self._record.keep(previous)
            else:
                self._record.forget(held.path)
            raise
        self._finish(held)

    def _finish(self, held: Held) -> None:
        if held.content is None:
            self._files.remove_folders(held.folders)
        if held.parts:
            self._record.keep(replace(held, done=True))
        else:
            self._record.forget(held.path)

    def _recover(self) -> None:
        """Finish what was begun. What others wrote meanwhile stands, and `doctor` tells."""
        for held in self.held():
            if held.done:
                continue
            # What cannot be written now must not stand in the way of other files.
            with suppress(Unavailable):
                if held.before != held.content and self._files.read(held.path) == held.before:
                    self._files.write(held.path, held.content, held.before)
                self._finish(held)


def _told(fragment: Value, token: str) -> Value:
    """The fragment without what holds a token, where there is none to tell."""
    if token:
        return fragment
    if isinstance(fragment, Mapping):
        kept = {key: _told(one, token) for key, one in fragment.items()}
        return {key: one for key, one in kept.items() if "{token}" not in str(one)}
    return fragment


def placed(path: str, edit: Callable[[], Result]) -> Result:
    """What the edit gives, with the path in its errors."""
    try:
        return edit()
    except Malformed as error:
        raise error.of(path) from None
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.message}", hint=error.hint) from None
