"""Names that task runners put before each line of what several tasks print at once.

`@shop/api test: text` (Bun, pnpm), `api:test: text` (Turborepo), `api-1  | text` (Compose) and
`[0] text` (concurrently).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAMED = re.compile(
    r"(?:(?:@[a-z0-9][\w.~-]{0,60}/)?[a-z0-9._][\w.~/-]{0,80}[ :]"
    r"[a-z][\w.-]{0,30}(?::[a-z][\w-]{0,30}){0,4}[:$]"
    r"|[a-z0-9][\w.-]{0,60}[-_]\d{1,3} {1,40}\|"
    r"|\[\d{1,2}\])(?: |\Z)"
)
_NESTED = 4
"""Runners that run each other, at most."""
_SAMPLE = 400
_LEAST = 6
_SHARE = 0.8
_LINES_A_TASK = 3
"""Lines that tasks print on average: what names another thing on every line is no task runner."""


def task(line: str) -> tuple[str, int]:
    """(name of the task, where its own text starts); ("", 0) for a line without one."""
    end = 0
    for _ in range(_NESTED):
        found = _NAMED.match(line, end)
        if found is None:
            break
        end = found.end()
    return line[:end].rstrip(" |:$"), end


def labelled(lines: Sequence[str]) -> bool:
    """Whether nearly all of the lines carry a task's name; looks at the first 400 with text."""
    told = [line for line in lines[: 2 * _SAMPLE] if line.strip()][:_SAMPLE]
    if len(told) < _LEAST:
        return False
    names = [name for line in told if (name := task(line)[0])]
    return len(names) >= _SHARE * len(told) and len(names) >= _LINES_A_TASK * len(set(names))


def unlabelled(lines: Sequence[str]) -> Sequence[str]:
    """The lines without their tasks' names, where nearly all have one; else as they are."""
    return [line[task(line)[1] :] for line in lines] if labelled(lines) else lines
