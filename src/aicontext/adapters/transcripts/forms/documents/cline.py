"""Cline and its kin (Roo Code, Kilo Code): a folder a task, rewritten as it goes on.

`ui_messages.json` tells what calls took, each in one `api_req_started` that is filled in place;
calls that the user took back are summed up in `deleted_api_reqs`. What was said stands in
`api_conversation_history.json`. Newer versions keep one `NAME.messages.json` with both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aicontext.adapters.transcripts.documents import beside, document
from aicontext.adapters.transcripts.parts import Names, anthropic
from aicontext.adapters.transcripts.sqlite import held
from aicontext.adapters.transcripts.values import amount, count, epoch, table, tables, text
from aicontext.domain.messages import Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "cline"
_CLI = "cline-cli"
_TASK, _NEWER = "ui_messages.json", ".messages.json"
_FOLDER = re.compile(r"Current (?:Working|Workspace) Directory \(([^)\n]+)\)")
_MODEL = re.compile(r"<model>([^<\n]{1,100})</model>")
_CALLS = ("api_req_started", "deleted_api_reqs")


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    if path.name == _TASK:
        name = path.parent.name
    elif path.name.endswith(_NEWER):
        name = path.name.removesuffix(_NEWER)
        if (_source(path) == "cli") != (tool == _CLI):
            return
    else:
        return
    state = path.stat()
    yield Transcript(tool, FORM, str(path), name, state.st_size, state.st_mtime)


def _source(path: Path) -> str:
    """Whose session it is: the command line and the editor keep theirs in one folder."""
    return text(_facts(path, {}), "source")


def _facts(path: Path, skipped: dict[str, int]) -> Any:
    return beside(path.with_name(f"{path.name.removesuffix(_NEWER)}.json"), skipped)


def read(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    return (_read_task if path.name == _TASK else _read_newer)(transcript, path)


def _read_task(transcript: Transcript, path: Path) -> Session:
    skipped: dict[str, int] = {}
    said = beside(path.with_name("api_conversation_history.json"), skipped)
    shown = tables({"": document(path, skipped)}, "")
    facts = beside(path.with_name("task_metadata.json"), skipped)
    known = tables(facts, "model_usage")
    turns, told = list(_turns(said)), _told(said)
    model = text(known[-1], "model_id") if known else _first(_MODEL, told)
    calls = list(_calls(transcript.session, shown, model))
    answers = [at for at, turn in enumerate(turns) if turn.call]
    if len(answers) == len(calls):
        for at, call in zip(answers, calls, strict=True):
            turns[at] = replace(turns[at], at=call.at, call=call.call)
    else:
        turns += calls
    project = _first(_FOLDER, told)
    return Session(transcript.tool, transcript.session, project, tuple(turns), Position(), skipped)


def _told(said: object) -> str:
    """The first message, in which the tool tells the model where it is."""
    first = next(iter(tables({"": said}, "")), {})
    return "\n".join(
        message.text for message in anthropic(first.get("content"), Role.USER, Names())
    )


def _first(pattern: re.Pattern[str], told: str) -> str:
    found = pattern.search(told)
    return found[1] if found else ""


def _turns(said: object) -> Iterator[Turn]:
    names = Names()
    for entry in tables({"": said}, ""):
        answer = text(entry, "role") == "assistant"
        role = Role.ASSISTANT if answer else Role.USER
        messages = tuple(anthropic(entry.get("content"), role, names))
        yield Turn(epoch(entry, "ts"), messages, Call("") if answer else None)


def _calls(session: str, shown: list[Mapping[str, Any]], model: str) -> Iterator[Turn]:
    for entry in shown:
        if text(entry, "say") not in _CALLS:
            continue
        usage = held(entry.get("text"))
        used = text(table(entry, "modelInfo"), "modelId") or model
        cost, billed = amount(usage, "cost"), _billed(usage)
        if billed != Billed() or cost:
            name = f"{session}:{entry.get('ts')}"
            yield Turn(epoch(entry, "ts"), (), Call(name, "", used, billed, cost))


def _billed(usage: Mapping[str, Any]) -> Billed:
    """Roo Code, which alone names a protocol, has come to include the cache in `tokensIn`; the
    others never do."""
    given, read, wrote = (count(usage, key) for key in ("tokensIn", "cacheReads", "cacheWrites"))
    if "apiProtocol" in usage and given >= read + wrote:
        given -= read + wrote
    return Billed(given, read, wrote, output=count(usage, "tokensOut"))


def _read_newer(transcript: Transcript, path: Path) -> Session:
    skipped: dict[str, int] = {}
    found = document(path, skipped)
    facts = _facts(path, skipped)
    session = text(found, "sessionId") or transcript.session
    names, turns = Names(), []
    for at, entry in enumerate(tables(found, "messages")):
        answer = text(entry, "role") == "assistant"
        role = Role.ASSISTANT if answer else Role.USER
        messages = tuple(anthropic(entry.get("content"), role, names))
        call = _newer_call(entry, f"{session}:{text(entry, 'id') or at}", text(facts, "model"))
        turns.append(Turn(epoch(entry, "ts"), messages, call if answer else None))
    project = text(facts, "workspace_root") or text(facts, "cwd")
    return Session(transcript.tool, session, project, tuple(turns), Position(), skipped)


def _newer_call(entry: Mapping[str, Any], name: str, model: str) -> Call:
    """Here the input includes the cache."""
    usage = table(entry, "metrics")
    keys = ("inputTokens", "cacheReadTokens", "cacheWriteTokens", "outputTokens")
    given, read, wrote, made = (count(usage, key) for key in keys)
    billed = Billed(max(given - read - wrote, 0), read, wrote, output=made) if usage else None
    model = text(table(entry, "modelInfo"), "id") or model
    return Call(name, "", model, billed, amount(usage, "cost"))
