"""The changes that are worth most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aicontext.domain.tools import Label, Tool, Via
from aicontext.services.analytics.audit.findings import Advice, Audit
from aicontext.services.analytics.audit.replay import SCHEMAS

MOST = 3
_WORTH = 0.01
"""US dollars, and the share of the cost, that a change is worth at least."""


def advice(audit: Audit, tools: Mapping[str, Tool], example: str) -> tuple[Advice, ...]:
    """The MOST useful ones: first what was tried, then what may be saved at most.

    example: the dearest session, as TOOL:SESSION.
    What one change saves is not taken off what the others would.
    """
    least = max(_WORTH, _WORTH * audit.total().cost)
    found = [one for one in _found(audit, tools, example) if one.worth >= least]
    return tuple(sorted(found, key=lambda one: (one.most, -one.worth))[:MOST])


def _found(audit: Audit, tools: Mapping[str, Tool], example: str) -> Iterator[Advice]:
    names = {tool for tool, _ in audit.usage}
    routed = {name for name in names if name in tools and tools[name].label is Label.ROUTED}
    worth = audit.replay.share * sum(audit.total(name).input_cost for name in routed)
    if routed:
        dearest = max(routed, key=lambda name: audit.total(name).input_cost)
        said = "Let the proxy show output in fewer tokens"
        yield Advice(said, worth, _through(tools[dearest]), most=False)
    lapses = audit.lapses
    if lapses.calls:
        said = f"{lapses.calls:,} times a pause let the cache lapse, and all was written anew"
        how = f"aicontext compress --session {example} --budget 8000 -o notes.md, and start anew"
        yield Advice(f"{said}: end a session before a break", lapses.cost, how)
    long = audit.long
    if long.calls:
        said = f"{long.calls:,} calls carried more than {long.over:,} tokens: begin anew sooner"
        how = f"aicontext compress --session {example} --budget 8000 -o notes.md"
        yield Advice(said, long.cost, how)
    yield from _schemas(audit, tools)


def _through(tool: Tool) -> str:
    """How its calls come to the proxy: for good, or where no file holds its address, each time."""
    held = any(one.via is Via.PROXY and one.files for one in tool.connections)
    if held or not tool.detection.commands:
        return f"aicontext connect {tool.id} && aicontext proxy"
    return f"aicontext run {tool.detection.commands[0]}"


def _schemas(audit: Audit, tools: Mapping[str, Tool]) -> Iterator[Advice]:
    """Where instructions and tools take much of the input."""
    share = audit.replay.kinds.get(SCHEMAS)
    preludes = audit.replay.preludes
    if share is None or not preludes:
        return
    tool = max(preludes, key=lambda name: audit.total(name).input_cost)
    tokens = preludes[tool]
    said = (
        f"Every call carries {tokens:,} tokens of instructions and tools: leave out what is unused"
    )
    how = (tools[tool].verify if tool in tools else "") or f"aicontext tools {tool}"
    yield Advice(said, share.cost * audit.total().input_cost, how)
