"""Write docs/reference from the program itself.

    python tools/build_reference.py

A test compares the pages with what this writes, so they cannot fall behind.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import click

import aicontext
from aicontext import settings
from aicontext.adapters.policy.compiled import CompiledPolicy
from aicontext.client.platform.sdk import AIContextPlatformSDK
from aicontext.domain import errors, optimization, usage
from aicontext.domain.context import Kind, Level
from aicontext.domain.extension import plugins
from aicontext.domain.repository import indexed, results
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Principal, Question, Resource
from aicontext.domain.tenancy.scopes import EVERYTHING, SENSITIVE
from aicontext.domain.tools import Label, Tier, Tool
from aicontext.engine.plan import CONDENSERS
from aicontext.entrypoints import library
from aicontext.entrypoints.cli.app import main as command
from aicontext.entrypoints.cli.tools import ways
from aicontext.services.integrations.catalog import index
from aicontext.services.integrations.catalog.validate import KINDS
from aicontext.services.integrations.plugins.service import IntegrationService
from measured_pages import agents, durability, scaling, server, table, usage_sums, vectors
from measured_proxy import proxy
from measured_quality import quality
from measured_repository import repository
from results import ROOT, result

TARGET = ROOT / "docs" / "reference"
FIGURES = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end -->)", re.DOTALL)
NOTE = "<!-- Written by tools/build_reference.py: change the program, then run `make docs`. -->"

LEVELS = {
    Level.FULL: "as it came",
    Level.LOSSLESS: "nothing is missing but repeated keys, white space or line numbers",
    Level.CONDENSED: "all evidence stands; what repeats or carries nothing is counted",
    Level.SKELETON: "the outline: definitions with their line spans, bodies as the query asks",
    Level.EXCERPT: "the most useful lines that fit a budget; only where a budget was given",
    Level.REFERENCE: "where in the session it stands already; under a budget, only the mark",
}
ALONE = {
    Kind.IMAGE: "Images: counted, never changed.",
    Kind.OPAQUE: "Thinking, signed, encrypted, binary and unknown parts: counted, never changed.",
}


def with_figures() -> dict[str, str]:
    """Pages written by hand, by their paths, with the benchmarks' figures in their place."""
    figures = {"README.md": "\n".join(_figures()), "docs/explanation/quality.md": quality()}
    return {path: _placed(path, found) for path, found in figures.items()}


def _placed(path: str, figures: str) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    return FIGURES.sub(lambda _: f"{figures}\n", text)


def _figures() -> Iterator[str]:
    rows = result("condense")["rows"]
    systems = list(dict.fromkeys(row["system"] for row in rows))
    cells = {(row["input"], row["system"]): row for row in rows}
    yield f"| tokens saved, facts kept | {' | '.join(systems)} |"
    yield "|---|" + "---|" * len(systems)
    for name in dict.fromkeys(row["input"] for row in rows):
        found = [cells[name, system] for system in systems]
        shown = [f"{cell['saved_percent']} %, {cell['probes']}" for cell in found]
        yield f"| {name} ({found[0]['tokens']:,} tokens) | {' | '.join(shown)} |"


def pages() -> dict[str, str]:
    """File name -> text of every reference page."""
    builders: dict[str, Callable[[], Iterator[str]]] = {
        "agents.md": agents,
        "api.md": _api,
        "cli.md": _cli,
        "durability.md": durability,
        "errors.md": _errors,
        "kinds.md": _kinds,
        "library.md": _library,
        "proxy.md": proxy,
        "repository.md": repository,
        "scaling.md": scaling,
        "server.md": server,
        "settings.md": _settings,
        "tools.md": _tools,
        "usage-sums.md": usage_sums,
        "vectors.md": vectors,
        "verbs.md": _verbs,
    }
    return {
        name: "\n\n".join((next(parts), NOTE, *parts)) + "\n"
        for name, parts in ((name, build()) for name, build in builders.items())
    }


def _api() -> Iterator[str]:
    """From the contract as it is written down, which a test holds against the program."""
    paths = json.loads((ROOT / "contracts/openapi.json").read_text(encoding="utf-8"))["paths"]
    operations = [
        (method.upper(), path, one)
        for path, methods in paths.items()
        for method, one in methods.items()
    ]
    guarded = sum("x-required-scope" in one for _, _, one in operations)
    yield "# The API"
    yield (
        f"Its {len(operations)} operations, of which {guarded} need a scope. The tests ask each of "
        "them as another organisation's owner, member and service, and as another user of the same "
        "one, with ids of what is not theirs: nothing of it is told or changed. "
        "[How to ask](../howto/api.md)."
    )
    tags: dict[str, list[tuple[str, str, Any]]] = {}
    for operation in operations:
        tags.setdefault(operation[2]["tags"][0], []).append(operation)
    for tag, of_tag in sorted(tags.items()):
        yield f"## {tag}"
        yield "\n".join(
            (
                "| operation | what it does | scope |",
                "|---|---|---|",
                *(
                    f"| `{method} {path}` | {one['description']} |"
                    f" {_code(one.get('x-required-scope', ''))} |"
                    for method, path, one in of_tag
                ),
            )
        )

    yield "## Scopes and roles"
    yield (
        "What a role may do with what is its own, its team's, everybody's (of no user and no "
        "team) and other people's, by the rules that are built in. Scopes with * are sensitive: "
        "they need a fresh proof of who asks, or a credential that names them in full. "
        "[Who may come in](../explanation/identity.md)."
    )
    scopes = sorted(
        {one["x-required-scope"] for *_, one in operations if "x-required-scope" in one}
    )
    yield table(
        ("scope", *Role),
        [
            (f"`{scope}`{' *' * (scope in SENSITIVE)}", *(_reach(scope, role) for role in Role))
            for scope in scopes
        ],
    )


def _reach(scope: str, role: Role) -> str:
    """On whose things a role may do it."""
    kind = scope.partition(":")[0]
    whose = {
        "own": ("me", ""),
        "team's": ("x", "us"),
        "everybody's": ("", ""),
        "others'": ("x", ""),
    }
    who = Principal(
        organisation="o",
        user="me",
        role=role,
        credential=Credential.LOCAL,
        scopes=EVERYTHING,
        teams=frozenset({"us"}),
    )
    policy, at = CompiledPolicy(), datetime.fromtimestamp(0, UTC)
    found = [
        name
        for name, (owner, team) in whose.items()
        if policy.decide(
            Question(
                principal=who,
                scope=scope,
                resource=Resource(kind=kind, organisation="o", owner=owner, team=team),
                at=at,
            )
        ).allowed
    ]
    return "all" if len(found) == len(whose) else ", ".join(found) or "–"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _verbs() -> Iterator[str]:
    """Of each verb the names by which every way in offers it."""
    verbs = tomllib.loads((ROOT / "contracts/verbs.toml").read_text(encoding="utf-8"))
    ways = {"cli": "command", "library": "library", "rest": "REST", "mcp": "MCP", "sdk": "client"}
    yield "# What is offered where"
    yield "A dash is a hole: what the product does, and that way in does not offer."
    yield table(
        ("", *ways.values()),
        [
            (f"**{name}**: {verb['says']}", *(_offered(verb.get(way, ())) for way in ways))
            for name, verb in verbs.items()
        ],
    )


def _offered(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"


def _tools() -> Iterator[str]:
    yield "# Tools that are known"
    tools = list(index.load())
    yield (
        f"The catalogue holds {len(tools)} AI tools. `aicontext tools` shows which of them are on "
        "a machine, and `aicontext tools TOOL` all that is known of one. How a tool can be reached "
        "is said by its label; how well that is known, by its tier."
    )
    labels = [(label, _alias_of(Label, label)) for label in Label]
    yield table(
        ("label", "means", "tools", "of them likely only", "of them set by hand"),
        [(f"`{label}`", said, *_counts(tools, label)) for label, said in labels],
    )
    yield table(
        ("tier", "means", "tools"),
        [
            (f"`{tier}`", _alias_of(Tier, tier), f"{sum(one.tier is tier for one in tools)}")
            for tier in Tier
        ],
    )
    silver = [one for one in tools if one.tier is Tier.SILVER]
    started = sum(not any(way.files for way in one.connections) for one in silver)
    likely = sum(one.status == "likely" for one in silver)
    yield (
        f"Of the {len(silver)} of silver, {started} are reached by `aicontext run` alone, and what "
        f"is known of {likely} is only likely."
    )
    yield (
        "A tool whose own servers call the address that is set, such as Cursor or Warp, cannot "
        "reach a proxy on this machine and is not counted as routed. *Likely* is what follows from "
        "a tool's kin and was not read at its source. "
        f"{sum(not one.label for one in tools)} tools have no label: they are known, but cannot be "
        "reached so far, and of what they write down there is no reader."
    )
    for kind, said in KINDS.items():
        rows = [_tool_row(one) for one in tools if one.kind == kind]
        yield f"## {_sentence(said).rstrip('.')}"
        yield table(("tool", "name", "label", "tier", "by", "status"), rows)


def _counts(tools: list[Tool], label: Label) -> tuple[str, ...]:
    held = [one for one in tools if one.label is label]
    by_hand = [one for one in held if label is Label.ROUTED and not _routed_by_us(one)]
    likely = [one for one in held if one.status == "likely"]
    return f"{len(held)}", f"{len(likely)}", f"{len(by_hand)}"


def _routed_by_us(tool: Tool) -> bool:
    ways = [one for one in tool.connections if one.via == "proxy" and not one.likely]
    return any(one.files or one.variables or one.arguments for one in ways)


def _tool_row(tool: Tool) -> tuple[str, ...]:
    name = f"[{tool.name}]({tool.docs})" if tool.docs else tool.name
    return f"`{tool.id}`", name, tool.label or "", tool.tier, ", ".join(ways(tool)), tool.status


def _alias_of(owner: type, member: str) -> str:
    """The text under a member of an enumeration."""
    return _sentence(" ".join(_alias(owner, member.upper()).split()))


def _cli() -> Iterator[str]:
    yield "# The command line"
    assert isinstance(command, click.Group)
    yield _paragraphs(command.help)
    yield (
        "`aicontext --version` prints the version; every command has `--help`. A failure ends "
        + "with status 1 and a line with a [code](errors.md); a wrong option ends with status 2. "
        + "`NO_COLOR=1` takes the colours away, `TERM=dumb` all that a plain terminal cannot show."
    )
    yield from _commands(click.Context(command, info_name="aicontext"), command)


def _commands(above: click.Context, group: click.Group, depth: int = 2) -> Iterator[str]:
    for name in group.list_commands(above):
        one = group.get_command(above, name)
        assert one
        context = click.Context(one, above, name)
        yield f"{'#' * depth} {context.command_path}"
        yield f"`{' '.join([context.command_path, *one.collect_usage_pieces(context)])}`"
        yield _paragraphs(one.help)
        options = [p for p in one.params if isinstance(p, click.Option) and not p.hidden]
        if options:
            rows = [(_spelling(option), _meaning(option, context)) for option in options]
            yield table(("option", "meaning"), rows)
        if isinstance(one, click.Group):
            yield from _commands(context, one, depth + 1)


def _spelling(option: click.Option) -> str:
    value = "" if option.is_flag else f" {(option.metavar or option.name or '').upper()}"
    return f"`{', '.join(sorted(option.opts, key=len))}{value}`"


def _meaning(option: click.Option, context: click.Context) -> str:
    words = [option.help or ""]
    if isinstance(option.type, click.Choice):
        words.append(f"One of {', '.join(f'`{one}`' for one in option.type.choices)}.")
    if default := option.get_help_extra(context).get("default"):
        words.append(f"Default: `{default}`.")
    return " ".join(words) + (" Required." if option.required else "")


def _settings() -> Iterator[str]:
    yield "# Settings"
    yield (
        "Settings are environment variables. None is needed. `serve`, `proxy`, `worker` and "
        "`doctor` name those that begin as these and are none."
    )
    loaded = settings.load({"XDG_DATA_HOME": "~/.local/share"}, environment={})
    shown = {
        "home": "`$XDG_DATA_HOME/aicontext`, else `~/.local/share/aicontext`",
        "archive_bytes": f"`{loaded.archive_bytes}` ({loaded.archive_bytes / 2**30:g} GiB)",
        "optimize": f"`{loaded.optimize:d}`",
        "holdout": f"`{loaded.holdout:.0%}`",
    }
    meanings = dict(re.findall(r"(\w+): ([^.]+\.)", _doc(settings.Settings)))
    yield table(
        ("variable", "meaning", "default"),
        [
            (
                f"`AICONTEXT_{name.upper()}`",
                _sentence(meanings[name]),
                shown.get(name, f"`{value}`" if value else "none"),
            )
            for name, value in loaded._asdict().items()
        ],
    )
    yield _paragraphs(inspect.getdoc(settings.load)).split("\n\n")[-1]


def _library() -> Iterator[str]:
    yield "# The library"
    yield _paragraphs(aicontext.__doc__.split("\n")[0] if aicontext.__doc__ else "")
    yield "## Functions"
    yield "`Context` is what they take: " + _lower(_alias(library, "Context"))
    for name in aicontext.__all__:
        member = getattr(aicontext, name)
        if inspect.isfunction(member):
            yield f"### {name}"
            yield f"```text\n{_signature(member)}\n```"
            yield _paragraphs(inspect.getdoc(member))
    for owner, said in (
        (library.Repository, ""),
        (IntegrationService, " What `aicontext.integrations.service()` gives."),
        (AIContextPlatformSDK, " From `aicontext.client`; AsyncAIContextPlatformSDK has the same."),
    ):
        yield f"## {owner.__name__}"
        yield _paragraphs(inspect.getdoc(owner)) + said
        for name, member in inspect.getmembers(owner, inspect.isfunction):
            if not name.startswith("_"):
                yield f"### {owner.__name__}.{name}"
                yield f"```text\n{_signature(member)}\n```"
                yield _paragraphs(inspect.getdoc(member))
    yield "## What they return"
    yield "`Content` is " + _lower(_alias(optimization, "Content"))
    for module in (optimization, usage, indexed, results, plugins):
        for name, member in inspect.getmembers(module, _is_record):
            if member.__module__ == module.__name__:
                yield f"### {name}"
                yield _paragraphs(inspect.getdoc(member))
                yield table(("attribute", "type"), _attributes(member))
    yield "## What they raise"
    yield "`AiContextError` or one of its [subclasses](errors.md)."


def _is_record(member: object) -> bool:
    return dataclasses.is_dataclass(member) or hasattr(member, "_fields")


def _attributes(owner: type) -> list[tuple[str, str]]:
    if dataclasses.is_dataclass(owner):
        kinds = {one.name: one.type for one in dataclasses.fields(owner)}
    else:
        kinds = {name: kind.__forward_arg__ for name, kind in owner.__annotations__.items()}
    held = [(f"`{name}`", f"`{kind}`") for name, kind in kinds.items()]
    for name, member in vars(owner).items():
        if isinstance(member, property) and member.fget:
            held.append((f"`{name}`", f"`{member.fget.__annotations__['return']}`"))
        elif inspect.isfunction(member) and not name.startswith("_"):
            held.append((f"`{name}()`", f"`{member.__annotations__['return']}`"))
    return [(name, kind.replace("|", "\\|")) for name, kind in held]


def _signature(function: Callable[..., object]) -> str:
    """As it is written in the source, one parameter a line."""
    parts, starred = [], False
    for one in inspect.signature(function).parameters.values():
        if one.kind is one.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        default = "" if one.default is one.empty else f" = {_literal(one.default)}"
        kind = "" if one.annotation is one.empty else f": {one.annotation}"
        parts.append(f"{one.name}{kind}{default}")
    inner = "".join(f"    {part},\n" for part in parts)
    return f"{function.__name__}(\n{inner}) -> {function.__annotations__['return']}"


def _literal(value: object) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _kinds() -> Iterator[str]:
    yield "# Kinds and levels"
    yield "A block's kind is judged by its content."
    yield "## Kinds"
    rows = [(f"`{kind}`", ALONE.get(kind) or _condenser(CONDENSERS[kind])) for kind in Kind]
    yield table(("kind", "what its condenser does"), rows)
    yield "## Levels"
    yield "How much of a block is shown, the richest first. " + (
        "Where something is missing, the text ends in a mark with the handle of its original."
    )
    levels = [
        (f"`{level}`", _sentence(LEVELS[level]), "yes" if level.exact else "no") for level in Level
    ]
    yield table(("level", "what is shown", "original can be rebuilt from it"), levels)


def _condenser(condenser: object) -> str:
    """The first paragraph of its module, and its own."""
    module = sys.modules[type(condenser).__module__]
    first = _paragraphs(module.__doc__).split("\n\n")[0]
    return f"{_sentence(first)} {_doc(type(condenser))}"


def _errors() -> Iterator[str]:
    yield "# Errors"
    yield (
        "Every error that is raised on purpose is an `AiContextError` with a stable `code`, a "
        "`message` that says what happened and, where there is one, a `hint` what to do next. "
        "The command prints `error (CODE): ...` on standard error; with `--json` it prints "
        '`{"error": {"code", "message", "hint"}}` on standard output.'
    )
    meanings = dict(re.findall(r"[├└]── (\w+) +(.+)", _doc(errors, folded=False)))
    rows = [
        (f"`{one.code}`", f"`{name}`", _sentence(meanings[name]))
        for name, one in vars(errors).items()
        if inspect.isclass(one) and one in _below(errors.AiContextError)
    ]
    yield table(("code", "class", "when"), rows)
    yield "`InputTooLarge` and `Malformed` are `InvalidInput`; all the others stand side by side."


def _below(base: type) -> set[type]:
    return {one for child in base.__subclasses__() for one in (child, *_below(child))}


def _alias(owner: ModuleType | type, name: str) -> str:
    """The text under a name of a module or class."""
    written = rf'^ *{name} = [^\n]*\n *"""(.+?)"""'
    match = re.search(written, inspect.getsource(owner), re.MULTILINE | re.DOTALL)
    assert match, f"{name} has no text"
    return match[1]


def _doc(thing: object, *, folded: bool = True) -> str:
    text = inspect.getdoc(thing) or ""
    return " ".join(text.split()) if folded else text


def _paragraphs(text: str | None) -> str:
    """Docstrings are wrapped by hand: lines of a paragraph are joined."""
    parts = re.split(r"\n\s*\n", inspect.cleandoc(text or ""))
    return "\n\n".join(" ".join(part.split()) for part in parts)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def main() -> None:
    for name, text in pages().items():
        (TARGET / name).write_text(text, encoding="utf-8")
    for path, text in with_figures().items():
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
