"""Kinds of which sessions print few, made of what was edited, said and told of in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from cases import (
    COUNT,
    LEAST_CHARACTERS,
    SHARES,
    all_of,
    drawn_words,
    hashed,
    rows,
    sessions,
    used_next,
)
from model import Row

from aicontext.domain.context import Ask
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.asks import Heard
from aicontext.engine.prioritize.names import names

EDITOR = re.compile(r"edit|write|patch", re.IGNORECASE)
EDITS = 4
"""Edits in one diff."""
FILES, MOST_FILES = 20, 400
EVERY = 20
"""Messages between two moments at which a listing is judged."""
A_SESSION = 4
COMMITS, MOST_COMMITS, SAID, SUBJECT = 8, 60, 9, 72
"""Commits of a history at least and at most; of these at most lines, characters of a subject."""


def made(folder: Path) -> Iterator[Row]:
    """What git would have printed in sessions, by what was used next or is drawn; lock files."""
    for name, messages in sessions(folder):
        for command, many in (
            ("git diff", _diffs(messages)),
            ("git ls-files", _files(messages)),
            ("git log", _history(messages)),
            ("cat Cargo.lock", _locks(messages)),
        ):
            for text, query, gold in islice(many, A_SESSION):
                ask = Ask(query=query, tool="Bash", command=command)
                budgets = [int(COUNT(text) * share) for share in SHARES]
                yield from rows("made", name, text, ask, budgets, all_of(sorted(gold)))


Made = Iterator[tuple[str, str, set[str]]]
"""(text, query, names used next that stood nowhere before) of each."""


def _diffs(messages: Sequence[Message]) -> Made:
    """The agent's last edits as a diff; what it said and what it edited is not counted as seen."""
    heard, seen, edits = Heard(), set[str](), list[tuple[str, set[str]]]()
    for at, message in enumerate(messages):
        edited = message.role is Role.TOOL_CALL and EDITOR.search(message.tool)
        if edited and (hunk := _hunk(message.text)):
            edits.append((hunk, set(seen)))
        if len(edits) == EDITS:
            text = "".join(hunk for hunk, _ in edits)
            gold = (used_next(messages, at) & names(text)) - edits[0][1]
            if gold and len(text) >= LEAST_CHARACTERS:
                yield text, heard.ask(message).query, gold
            edits = []
        heard.note(message)
        seen |= names(message.text)


def _hunk(call: str) -> str:
    """An edit's old and new text as a unified diff, "" where the call holds no such texts."""
    given = json.loads(call) if call.startswith("{") else None
    if not isinstance(given, dict) or not isinstance(given.get("new_string"), str):
        return ""
    path = str(given.get("file_path", "")).lstrip("/")
    before, after = (str(given.get(key, "")).split("\n") for key in ("old_string", "new_string"))
    lines = unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm="")
    return f"diff --git a/{path} b/{path}\n" + "".join(f"{line}\n" for line in lines)


def _files(messages: Sequence[Message]) -> Made:
    """The files that a session's results tell of, at several moments of it."""
    told = {n for m in messages if m.role is Role.TOOL_RESULT for n in names(m.text) if "/" in n}
    text = "\n".join(sorted(told, key=hashed)[:MOST_FILES])
    text = "\n".join(sorted(text.split("\n")))
    heard, seen = Heard(), set[str]()
    for at, message in enumerate(messages):
        if len(told) >= FILES and message.role is Role.TOOL_RESULT and at % EVERY == 0:
            gold = (used_next(messages, at) & names(text)) - seen
            if gold:
                yield text, heard.ask(message).query, gold
        heard.note(message)
        seen |= names(message.text)


def _history(messages: Sequence[Message]) -> Made:
    """What the agent said as commits, the latest first; needed is a word, asked for or not."""
    said = [
        _commit(at, lines)
        for at, message in enumerate(messages)
        if message.role is Role.ASSISTANT and (lines := message.text.strip().splitlines())
    ]
    if len(said) >= COMMITS:
        text = "\n".join(reversed(said[-MOST_COMMITS:]))
        for word, query in drawn_words(text):
            yield text, query, {word}


def _commit(number: int, lines: Sequence[str]) -> str:
    body = "".join(f"    {line}\n" for line in lines[1:SAID])
    when = f"Wed Apr {1 + number // 40 % 28} 10:{number % 60:02}:00 2026 +0000"
    head = f"commit {number * 7919:040x}\nAuthor: A <a@example.com>\nDate:   {when}\n"
    return f"{head}\n    {lines[0][:SUBJECT]}\n" + (f"\n{body}" if body else "")


def _locks(messages: Sequence[Message]) -> Made:
    """The identifiers of a session as packages; needed is the version of one, asked for or not."""
    told = sorted({n for m in messages for n in names(m.text) if n.isidentifier()}, key=hashed)
    packages = told[:MOST_FILES]
    text = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{_version(name)}"\n'
        f'source = "registry+https://example.com/index"\nchecksum = "{number * 7919:064x}"\n'
        f'dependencies = [\n "{packages[hashed(name) % len(packages)]}",\n]\n\n'
        for number, name in enumerate(sorted(packages))
    )
    if len(packages) >= FILES:
        name = packages[0]
        query = f"Which version of {name} is locked?" if hashed(name, sort=1) % 2 else ""
        yield text, query, {name, _version(name)}


def _version(name: str) -> str:
    return f"{hashed(name, sort=2)}.{hashed(name, sort=3)}.{hashed(name, sort=4)}"
