"""Aider: one Markdown file a project, a heading a session. Its counts are rounded by aider."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Call, Position, Session, Transcript, Turn
from aicontext.domain.usage import Billed

FORM = "aider"
_HEAD = re.compile(rb"^# aider chat started at (.+)$", re.MULTILINE)
_MODEL = re.compile(r"^> (?:Main )?[Mm]odel: (\S+)")
_TOKENS = re.compile(r"^> Tokens: (.+? received)\.?(?: Cost: \$([\d.,]+) message)?")
_COUNT = re.compile(r"([\d.,]+)([kM]?) (sent|cache write|cache hit|received)")
_SCALE = {"": 1, "k": 1000, "M": 1_000_000}


def listed(tool: str, path: Path) -> Iterator[Transcript]:
    raw, changed = path.read_bytes(), path.stat().st_mtime
    heads = list(_HEAD.finditer(raw))
    ends = [*(head.start() for head in heads[1:]), len(raw)]
    for head, end in zip(heads, ends, strict=False):
        name = head[1].decode("utf-8", "replace").strip()
        at = changed if end == len(raw) else _time(name)
        yield Transcript(tool, FORM, str(path), name, end - head.start(), at)


def read(transcript: Transcript, after: Position) -> Session:
    path = Path(transcript.path)
    raw = path.read_bytes()
    start = next(
        (
            h.start()
            for h in _HEAD.finditer(raw)
            if h[1].decode("utf-8", "replace").strip() == transcript.session
        ),
        len(raw),
    )
    part = raw[start : start + transcript.size].decode("utf-8", "replace")
    turns = tuple(_turns(part, transcript.session))
    return Session(transcript.tool, transcript.session, str(path.parent), turns)


def _time(name: str) -> float:
    try:
        return datetime.fromisoformat(name).timestamp()
    except ValueError:
        return 0.0


def _turns(part: str, session: str) -> Iterator[Turn]:
    """What the user asked begins with ####, what aider says with >; the rest is the model's."""
    at, model, number = _time(session), "", 0
    role, lines = Role.OPAQUE, list[str]()
    for line in [*part.splitlines()[1:], "#### "]:
        if found := _MODEL.match(line):
            model = found[1]
        now = Role.USER if line.startswith("#### ") else Role.ASSISTANT
        now = Role.OPAQUE if line.startswith(">") else now
        if (now is not role or line == "#### ") and any(lines):
            if role is not Role.OPAQUE:
                call = Call("") if role is Role.ASSISTANT else None
                yield Turn(at, (Message(role, "\n".join(lines).strip()),), call)
            lines = []
        role = now
        lines.append(line.removeprefix("#### ") if role is Role.USER else line)
        if found := _TOKENS.match(line):
            number += 1
            cost = float(found[2].replace(",", "").rstrip(".")) if found[2] else None
            name, billed = f"{session}:{number}", _billed(found[1])
            yield Turn(at, (), Call(name, "", model, billed, cost, summed=True))


def _billed(told: str) -> Billed:
    """What was sent includes the cache."""
    found = {
        what: round(float(number.replace(",", "")) * _SCALE[scale])
        for number, scale, what in _COUNT.findall(told)
    }
    read, wrote = found.get("cache hit", 0), found.get("cache write", 0)
    given = max(found.get("sent", 0) - read - wrote, 0)
    return Billed(given, read, wrote, output=found.get("received", 0))
