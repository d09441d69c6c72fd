"""Amp: one JSON document a thread. Answers tell their usage; a ledger tells it again, with times,
and that of calls which left no answer here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.documents import document
from aicontext.adapters.transcripts.parts import Names, anthropic
from aicontext.adapters.transcripts.values import count, epoch, table, tables, text
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "amp"


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    state = path.stat()
    yield Transcript(tool, FORM, str(path), path.stem, state.st_size, state.st_mtime)


def read(transcript: Transcript, after: Position) -> Session:
    skipped: dict[str, int] = {}
    found = document(Path(transcript.path), skipped)
    session = text(found, "id") or transcript.session
    ledger = tables(table(found, "usageLedger"), "events")
    times = {_number(event, "toMessageId"): epoch(event, "timestamp") for event in ledger}
    names, told, turns = Names(), set(), []
    for message in tables(found, "messages"):
        number = _number(message, "messageId")
        at = times.get(number, 0.0) or epoch(table(message, "meta"), "sentAt")
        turn = _turn(message, at or epoch(found, "created"), f"{session}:{number}", names)
        if turn.call and turn.call.billed:
            told.add(number)
        turns.append(turn)
    for place, event in enumerate(ledger):
        if _number(event, "toMessageId") not in told:
            billed = _billed(table(event, "tokens"), "input", "output")
            call = Call(f"{session}:ledger:{place}", "", text(event, "model"), billed)
            turns.append(Turn(epoch(event, "timestamp"), (), call))
    trees = tables(table(table(found, "env"), "initial"), "trees")
    project = text(trees[0], "uri").removeprefix("file://") if trees else ""
    return Session(transcript.tool, session, project, tuple(turns), Position(), skipped)


def _turn(message: Mapping[str, Any], at: float, name: str, names: Names) -> Turn:
    content = message.get("content")
    if text(message, "role") != "assistant":
        return Turn(at, tuple(_told(content, names)))
    usage = table(message, "usage")
    billed = _billed(usage, "inputTokens", "outputTokens") if usage else None
    said = tuple(anthropic(content, Role.ASSISTANT, names))
    return Turn(at, said, Call(name, "", text(usage, "model"), billed))


def _told(content: object, names: Names) -> Iterator[Message]:
    """Results name their calls in another way than Anthropic's."""
    for part in tables({"": content}, ""):
        if text(part, "type") == "tool_result":
            run = table(part, "run")
            failed = text(run, "status") == "error"
            body = run.get("error") if failed else run.get("result")
            yield from names.results(body, text(part, "toolUseID"), failed)
        else:
            yield from anthropic([part], Role.USER, names)


def _number(held: Mapping[str, Any], key: str) -> str:
    return str(held.get(key))


def _billed(usage: Mapping[str, Any], given: str, made: str) -> Billed:
    read, wrote = (count(usage, f"cache{kind}InputTokens") for kind in ("Read", "Creation"))
    return Billed(count(usage, given), read, wrote, output=count(usage, made))
