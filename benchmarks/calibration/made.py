"""Diffs and listings, of which sessions print few: made of what was edited and what was told of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from cases import COUNT, LEAST_CHARACTERS, SHARES, all_of, hashed, rows, sessions, used_next
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


def made(folder: Path) -> Iterator[Row]:
    """What `git diff` and `git ls-files` would have printed in sessions, by what was used next."""
    for name, messages in sessions(folder):
        for command, many in (("git diff", _diffs(messages)), ("git ls-files", _files(messages))):
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
