"""OpenHands: a folder a conversation, with a file an event, and its usage by answer beside them.

Its times are those of the machine, without a zone. A condensation takes events out of what the
model sees, and may put a summary in their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.documents import document
from aicontext.adapters.transcripts.parts import Names, anthropic
from aicontext.adapters.transcripts.values import amount, count, epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "openhands"
_EVENTS = 100_000
"""Of a conversation that are looked at."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the model sees of one event."""

    event: str
    messages: tuple[Message, ...]


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    """path: of the conversation's state."""
    states = [path.stat(), *(one.stat() for one in _events(path))]
    size, at = sum(one.st_size for one in states), max(one.st_mtime for one in states)
    yield Transcript(tool, FORM, str(path), path.parent.name, size, at)


def _events(path: Path) -> list[Path]:
    found = (one for one in (path.parent / "events").glob("event-*.json") if one.is_file())
    return sorted(islice(found, _EVENTS))


def read(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    skipped: dict[str, int] = {}
    state = document(path, skipped)
    calls = dict(_calls(table(table(state, "stats"), "usage_to_metrics")))
    names, shown, turns = Names(), list[_Shown](), list[Turn]()
    for one in _events(path):
        event = document(one, skipped)
        at, kind = epoch(event, "timestamp", local=True), text(event, "kind")
        if kind == "Condensation":
            shown = _condensed(event, shown)
            turns.append(Turn(at, tuple(m for one in shown for m in one.messages), fresh=True))
            continue
        if messages := tuple(_messages(kind, event, names)):
            shown.append(_Shown(text(event, "id"), messages))
            answered = text(event, "source") == "agent" and kind != "AgentErrorEvent"
            call = calls.pop(text(event, "llm_response_id"), Call("")) if answered else None
            turns.append(Turn(at, messages, call))
    turns += [Turn(epoch(state, "updated_at"), (), call) for call in calls.values()]
    project = text(table(state, "workspace"), "working_dir")
    return Session(transcript.tool, transcript.session, project, tuple(turns), Position(), skipped)


def _calls(metrics: Mapping[str, Any]) -> Iterator[tuple[str, Call]]:
    """By the answer's id. The input includes the cache; costs stand beside, in the same order."""
    for held in metrics.values():
        used, costs = tables(held, "token_usages"), tables(held, "costs")
        paired = costs if len(costs) == len(used) else [{}] * len(used)
        for usage, cost in zip(used, paired, strict=True):
            keys = ("prompt_tokens", "cache_read_tokens", "cache_write_tokens")
            given, read_, wrote = (count(usage, key) for key in keys)
            billed = Billed(
                max(given - read_ - wrote, 0),
                read_,
                wrote,
                output=count(usage, "completion_tokens"),
            )
            name, model = text(usage, "response_id"), text(usage, "model").rpartition("/")[2]
            yield name, Call(name, "", model, billed, amount(cost, "cost"))


def _messages(kind: str, event: Any, names: Names) -> Iterator[Message]:
    call_id = text(event, "tool_call_id")
    match kind:
        case "MessageEvent":
            agent = text(event, "source") == "agent"
            content = table(event, "llm_message").get("content")
            yield from anthropic(content, Role.ASSISTANT if agent else Role.USER, names)
        case "ActionEvent":
            yield from anthropic(event.get("thought"), Role.ASSISTANT, names)
            call = table(event, "tool_call")
            yield names.call(text(event, "tool_name"), call.get("arguments"), call_id)
        case "ObservationEvent":
            result = table(event, "observation")
            failed = result.get("is_error") is True
            yield from names.results(result.get("content"), call_id, failed)
        case "AgentErrorEvent":
            yield from names.results(text(event, "error"), call_id, failed=True)
        case "UserRejectObservation":
            yield from names.results(text(event, "rejection_reason"), call_id, failed=True)


def _condensed(event: Any, shown: list[_Shown]) -> list[_Shown]:
    given = event.get("forgotten_event_ids")
    gone = {one for one in given if isinstance(one, str)} if isinstance(given, list) else set()
    kept = [one for one in shown if one.event not in gone]
    if (summary := text(event, "summary")) and isinstance(event.get("summary_offset"), int):
        summed = _Shown(text(event, "id"), (Message(Role.USER, summary),))
        kept.insert(count(event, "summary_offset"), summed)
    return kept
