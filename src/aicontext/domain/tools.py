"""AI tools, and the ways in which each can be given better context."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"
"""What a configuration file can hold."""


class Via(StrEnum):
    """How a tool is reached."""

    PROXY = "proxy"
    """Its requests go to an address that can be set."""

    MCP = "mcp"
    HOOKS = "hooks"
    """It runs a command of ours when something happens."""

    RULES = "rules"
    """It reads a text of ours at each start."""

    STATUS = "status"
    """It shows a line of ours at the foot of its screen."""


class Scope(StrEnum):
    """For whom a file counts: the user, everywhere, or whoever works in the project's folder."""

    USER = "user"
    PROJECT = "project"


class System(StrEnum):
    """An operating system."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"

    @classmethod
    def of(cls, platform: str) -> System:
        """The one that Python names so (`sys.platform`)."""
        return {"darwin": cls.MACOS, "win32": cls.WINDOWS}.get(platform, cls.LINUX)


class Format(StrEnum):
    """How a configuration file is written."""

    JSON = "json"
    JSONC = "jsonc"
    """JSON with comments and trailing commas."""

    TOML = "toml"
    YAML = "yaml"
    INI = "ini"
    ENV = "env"
    MARKDOWN = "markdown"
    TEXT = "text"
    """A program: a file is ours as a whole or not at all."""


class Label(StrEnum):
    """What can honestly be said of a tool, the most first."""

    ROUTED = "routed"
    """Its requests reach our proxy on this machine's loopback."""

    CONNECTED = "connected"
    """Its requests do not, but it takes our MCP server, hooks or rules."""

    MEASURED = "measured"
    """Only the usage that it wrote down can be read."""


class Tier(StrEnum):
    """How well it is known that a tool can be connected, the least first."""

    BRONZE = "bronze"
    """Its manifest is valid, and the samples of its files can be read."""

    SILVER = "silver"
    """What connects it goes into each of its files and comes out again without a trace, and the
    proxy knows where its calls go; or no file is edited, and `aicontext run` starts it."""

    GOLD = "gold"
    """The same, and a run of the real tool through us is on record."""


Paths = Mapping[System, tuple[str, ...]]
"""Places by system, the one to use first; `~`, `${NAME:-else}` and `*` stand as in a shell."""

_VARIABLE = re.compile(r"^\$\{(\w+):-([^}]*)\}")


def placed(path: str, home: str, environment: Mapping[str, str]) -> str:
    """The path with its variable and its `~` filled in; one of a project stays relative."""
    path = _VARIABLE.sub(lambda match: environment.get(match[1]) or match[2], path)
    return home + path[1:] if path == "~" or path.startswith("~/") else path


@dataclass(frozen=True, slots=True)
class Detection:
    """What shows that a tool is here. commands: programs. paths: files or folders. extensions: of
    VS Code and its kin, as publisher.name. packages: on PyPI or npm, that a project asks for.
    """

    commands: tuple[str, ...] = ()
    paths: Paths = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """One way to reach a tool, at one scope.

    With `files`, the one to edit is the first that exists, else the first; `fragment` is merged
    into it: tables key by key, lists by adding what they do not hold; an element is ours where a
    text in it holds "aicontext" or an address of ours. For MARKDOWN it is the text itself. `remote`
    is the same for a server that is asked over HTTP. owned: nothing else is in that file.
    Without files, `variables` and `arguments` are for the tool's start, and `by_hand` says where a
    person has to set it.
    Texts hold placeholders: {proxy} the address of our proxy, without a slash at its end, {command}
    our program, {hook} what a shell calls for a tool's events, {mcp} the address of our MCP server,
    {tool} the tool's id, {event} a hook's event, {token} what our proxy wants to be shown; what
    holds {token} is left out where there is none. In `variables` and `arguments` {NAME} is what
    that variable of an address holds. where_set: the variables turn a way of working on, and are
    filled only where the user has set them.
    public: the tool's own servers call the address, so the loopback will not do. likely: it follows
    from the tool's kin, and was not read at its source.
    """

    via: Via
    scope: Scope = Scope.USER
    files: Paths = field(default_factory=dict)
    format: Format | None = None
    fragment: Value = None
    remote: Value = None
    owned: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    where_set: bool = False
    by_hand: str = ""
    public: bool = False
    likely: bool = False


@dataclass(frozen=True, slots=True)
class Transcripts:
    """What a tool writes down of its sessions. paths: with wildcards. form: of one file, such as
    jsonl or sqlite. like: the tool whose records these are alike. usage: what of it is there. read:
    we have a reader of them.
    """

    paths: Paths
    form: str
    like: str = ""
    usage: str = ""
    read: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """How a session of the tool begins with a text. arguments: of its program, {text} in them
    standing for the text. stdin: the text comes over standard input instead.
    """

    arguments: tuple[str, ...] = ()
    stdin: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """An AI tool, as its manifest tells. status: "verified" where its main fact was read at its
    source, "likely" where it follows from its kin, "ended" where its makers gave it up.
    checked_on: ISO date of that. docs: a web address. wires: protocols that it speaks to models.
    auth: how it shows who pays. limits: what to know before connecting it, in sentences. verify:
    the tool's own command that lists what it is connected with. evidence: the record of a run.
    start: None where it can only be started empty.
    """

    id: str
    name: str
    kind: str
    status: str
    checked_on: str
    vendor: str = ""
    docs: str = ""
    wires: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    verify: str = ""
    evidence: str = ""
    detection: Detection = Detection()
    connections: tuple[Connection, ...] = ()
    transcripts: tuple[Transcripts, ...] = ()
    start: Start | None = None
    tier: Tier = Tier.BRONZE

    @property
    def label(self) -> Label | None:
        """By the connections that are more than likely; None where nothing is left."""
        sure = [one for one in self.connections if not one.likely]
        if any(one.via is Via.PROXY and not one.public for one in sure):
            return Label.ROUTED
        if any(one.via is not Via.PROXY for one in sure):
            return Label.CONNECTED
        return Label.MEASURED if any(one.read for one in self.transcripts) else None


SHARED, HANDED = "sync", "handoff"
"""How the names of parts begin that connect no tool, but were carried over from another: settings,
and a session; a project's folder follows."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one way of reaching a tool needs in a file. tool: its id, or as SHARED. fragment: merged
    into it, no placeholders left; of a file that is `owned`, all that is in it. at: when it came,
    as a time of the clock.
    upstreams: by name, what the file's user had set and where calls still end.
    """

    tool: str
    via: Via
    scope: Scope
    format: Format
    fragment: Value
    owned: bool = False
    at: float = field(default=0.0, compare=False)
    upstreams: tuple[tuple[str, str], ...] = ()

    @property
    def way(self) -> tuple[str, Via, Scope]:
        return self.tool, self.via, self.scope


@dataclass(frozen=True, slots=True)
class Held:
    """A file that holds parts of ours.

    path: absolute, links followed. original: its bytes without us; None where there was no file.
    before: what stood there when we wrote last. content: what we wrote, or were about to; None
    where the file was to go. done: whether it is known to be written. folders: that were made for
    it, the deepest first.
    """

    path: str
    original: bytes | None
    before: bytes | None
    content: bytes | None
    parts: tuple[Part, ...]
    folders: tuple[str, ...] = ()
    done: bool = False
