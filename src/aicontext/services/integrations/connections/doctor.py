"""Whether what is connected also works: each path is tried, and what was seen is told."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from aicontext.domain.errors import AiContextError, Unavailable
from aicontext.domain.requests import Outcome
from aicontext.domain.tools import HANDED, SHARED, Held, Part, Scope, Via
from aicontext.kit.clock import CLOCK, Clock
from aicontext.ports.files import Files
from aicontext.ports.stores.events import Events
from aicontext.services.integrations.connections import contents, visits
from aicontext.services.integrations.editing import fragments
from aicontext.services.integrations.hooks import probe

WINDOW = 7 * 86400
"""Seconds back in which a call counts as one of late."""


class State(StrEnum):
    """How a path is, the best first."""

    WORKS = "works"
    UNPROVEN = "unproven"
    """Nothing is wrong, and nothing has shown yet that the tool uses it."""

    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One path to a tool. seen: what the probes saw, in sentences. step: what to do next."""

    tool: str
    via: Via
    scope: Scope
    path: str
    state: State
    seen: tuple[str, ...]
    step: str = ""


@dataclass(frozen=True, slots=True)
class Probes:
    """What is tried. proxy: whether one of ours answers at an address. tools: the names of the
    tools of an MCP server that a command starts; raises Unavailable where it does not serve. hook:
    what a command answers to an event; raises Unavailable where it does not end well."""

    proxy: Callable[[str], bool]
    tools: Callable[[Sequence[str]], Sequence[str]]
    hook: Callable[[Sequence[str], bytes], bytes]


class Doctor:
    def __init__(self, files: Files, events: Events, probes: Probes, clock: Clock = CLOCK) -> None:
        self._files = files
        self._events = events
        self._probes = probes
        self._clock = clock
        self._servers: dict[tuple[str, ...], Sequence[str] | AiContextError] = {}

    def look(self, held: Sequence[Held], tool: str = "") -> list[Finding]:
        """A finding for each part in the files, by tool; of one tool, where it is named."""
        found = [
            (one, part)
            for one in held
            for part in one.parts
            if part.tool == tool or not (tool or part.tool.startswith((SHARED, HANDED)))
        ]
        found.sort(key=lambda one: (one[1].tool, list(Via).index(one[1].via), one[0].path))
        calls = self._calls(part for _, part in found if part.via is Via.PROXY)
        return [self._finding(one, part, calls) for one, part in found]

    def _finding(self, held: Held, part: Part, calls: Mapping[str, list[float]]) -> Finding:
        try:
            lacking = contents.missing(held, self._files.read(held.path), part)
        except AiContextError as error:
            return _finding(held, part, State.BROKEN, [str(error)], f"Mend {held.path}.")
        if lacking:
            seen = [f"The file no longer holds what was set: {', '.join(lacking)}."]
            again = f"aicontext connect {part.tool} --via {part.via} --scope {part.scope}"
            return _finding(held, part, State.BROKEN, seen, again)
        if part.via is Via.PROXY:
            return self._of_proxy(held, part, calls.get(part.tool, []))
        if part.via is Via.MCP:
            return self._of_server(held, part)
        if part.via in (Via.HOOKS, Via.STATUS):
            return self._of_hook(held, part)
        seen = ["Our text stands in the file. Whether the model heeds it cannot be seen from here."]
        return _finding(held, part, State.WORKS, seen, "")

    def _of_proxy(self, held: Held, part: Part, calls: list[float]) -> Finding:
        address = next(_addresses(part), "")
        if not self._probes.proxy(address):
            seen = [f"No proxy of ours answers at {address}: the calls of the tool fail."]
            step = f"aicontext proxy --port {urlsplit(address).port}"
            step += f", or: aicontext disconnect {part.tool}"
            return _finding(held, part, State.BROKEN, seen, step)
        seen = [f"The proxy answers at {address}."]
        seen += [f"Calls go on to {url}, which was set before." for _, url in part.upstreams]
        if not calls:
            seen.append("No call of the tool has come through it since it was connected.")
            step = "Start the tool anew, use it once, then: aicontext doctor"
            return _finding(held, part, State.UNPROVEN, seen, step)
        ago = _ago(self._clock.now() - max(calls))
        seen.append(f"{len(calls)} of its calls came through in the last week, the last {ago} ago.")
        return _finding(held, part, State.WORKS, seen, "")

    def _of_server(self, held: Held, part: Part) -> Finding:
        command = next(_commands(part.fragment), ())
        if not command:
            seen = ["The file names no command to start our server with."]
            return _finding(held, part, State.UNPROVEN, seen, "Look at its list of MCP servers.")
        served = self._served(command)
        if isinstance(served, AiContextError):
            step = f"Run it by hand to see why: {' '.join(command)}"
            return _finding(held, part, State.BROKEN, [str(served)], step)
        seen = [f"`{' '.join(command)}` starts and serves {len(served)} tools."]
        client, at = visits.last(self._events.marks(), part.tool)
        if at < part.at:
            seen.append("The tool has not asked for them since it was connected.")
            step = "Start the tool anew, then: aicontext doctor"
            return _finding(held, part, State.UNPROVEN, seen, step)
        ago = _ago(self._clock.now() - at)
        seen.append(f"A client that calls itself {client} asked for them {ago} ago.")
        return _finding(held, part, State.WORKS, seen, "")

    def _served(self, command: Sequence[str]) -> Sequence[str] | AiContextError:
        """What the server of a command serves, or why it does not; each is started once."""
        key = tuple(command)
        if key not in self._servers:
            try:
                self._servers[key] = self._probes.tools(command)
            except AiContextError as error:
                self._servers[key] = error
        return self._servers[key]

    def _of_hook(self, held: Held, part: Part) -> Finding:
        """Tries the command that stands in the file, then looks whether the tool has called it."""
        program = next(probe.programs(_texts(part.fragment)), "")
        event = "statusline" if part.via is Via.STATUS else "PostToolUse"
        try:
            command = [*shlex.split(program), part.tool, event]
            answer = self._probes.hook(command, probe.payload(part.tool, event))
            wrong = probe.wrong(part.tool, event, answer)
        except (ValueError, Unavailable) as error:
            wrong = str(error)
        if wrong:
            step = f"Run it by hand to see why: {program} {part.tool} {event}"
            return _finding(held, part, State.BROKEN, [wrong], step)
        seen = [f"`{program} {part.tool} {event}` answers as it should."]
        if part.via is Via.STATUS:
            seen.append("Whether the tool shows its line can be seen in the tool alone.")
            return _finding(held, part, State.WORKS, seen, "")
        return self._of_calls(held, part, seen)

    def _of_calls(self, held: Held, part: Part, seen: list[str]) -> Finding:
        """Whether the tool calls its hook. seen: of the hook so far."""
        now = self._clock.now()
        events = self._events.hooks_since(max(part.at, now - WINDOW))
        called = [one for one in events if one.caller.tool == part.tool]
        if not called:
            seen.append("The tool has not called it since it was connected.")
            step = "Start the tool anew, let it run a command, then: aicontext doctor"
            return _finding(held, part, State.UNPROVEN, seen, step)
        ago = _ago(now - max(one.at for one in called))
        seen.append(f"The tool called it {_times(called)} in the last week, the last {ago} ago.")
        failed = [one for one in called if one.outcome is Outcome.PASSED]
        if failed:
            seen.append(f"It could not answer {_times(failed)}, at last: {failed[-1].why}")
        state = State.BROKEN if len(failed) == len(called) else State.WORKS
        return _finding(held, part, state, seen, "")

    def _calls(self, parts: Iterator[Part]) -> dict[str, list[float]]:
        """Tool -> when its calls came, of late and since it was connected."""
        since = {part.tool: part.at for part in parts}
        found: dict[str, list[float]] = {}
        if since:
            start = max(min(since.values()), self._clock.now() - WINDOW)
            for event in self._events.since(start):
                tool = event.caller.tool
                through = event.outcome is not Outcome.IMPORTED
                if through and tool in since and event.at >= since[tool]:
                    found.setdefault(tool, []).append(event.at)
        return found


def _finding(held: Held, part: Part, state: State, seen: list[str], step: str) -> Finding:
    return Finding(part.tool, part.via, part.scope, held.path, state, tuple(seen), step)


def _addresses(part: Part) -> Iterator[str]:
    for _, value in fragments.settings(part.fragment):
        for text in _texts(value):
            if text.startswith(("http://", "https://")):
                yield text


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, Sequence):
        for one in value:
            yield from _texts(one)


def _commands(value: object) -> Iterator[tuple[str, ...]]:
    """Of the servers in a fragment: `command` with `args`, or all in one list; Goose says `cmd`."""
    if isinstance(value, Mapping):
        command = value.get("command", value.get("cmd"))
        if isinstance(command, str):
            yield (command, *value.get("args", ()))
        elif isinstance(command, Sequence):
            yield tuple(command)
        for one in value.values():
            yield from _commands(one)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _commands(one)


def _times(every: Sequence[object]) -> str:
    return "once" if len(every) == 1 else f"{len(every)} times"


def _ago(seconds: float) -> str:
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' * (count > 1)}"
    return "moments"
