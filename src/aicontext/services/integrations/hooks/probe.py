"""A recorded event, and what a hook should answer to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from aicontext.services.integrations.hooks.calls import strings
from aicontext.services.integrations.hooks.dialects import DIALECTS, Answer
from aicontext.services.integrations.hooks.service import PROBE

_PROGRAM = re.compile(
    r"""(?:^|["`])("""
    r"""(?:'[^']*aicontext(?:-hook(?:\.exe)?'|' hook)"""
    r"""|"[^"]*aicontext(?:-hook(?:\.exe)?"|(?:\.exe)?" hook)"""
    r"""|[^\s"'`]*aicontext(?:-hook(?:\.exe)?|(?:\.exe)? hook))"""
    r"""(?: --at [^\s"'`]+)?)""",
    re.MULTILINE,
)
_FAILURE = "ERROR job 77 failed: KeyError 'total' at cart.py:41"
_LOG = "\n".join([*(f"05:00:{i % 60:02} INFO job {i} took 2 ms" for i in range(200)), _FAILURE])


def programs(texts: Iterable[str]) -> Iterator[str]:
    """The commands of ours that stand in what was written for hooks, as a shell reads them."""
    for text in texts:
        if match := _PROGRAM.search(text):
            yield match[1]


def payload(tool: str, event: str) -> bytes:
    """The event, as that tool sends it. Nothing is recorded of its session."""
    dialect = DIALECTS.get(tool)
    output: Any = _LOG
    if dialect and dialect.answer is Answer.CLAUDE:
        output = {"stdout": _LOG, "stderr": "", "interrupted": False}
    elif dialect and dialect.answer is Answer.COPILOT:
        output = {"resultType": "success", "textResultForLlm": _LOG}
    said = {"session_id": PROBE, "hook_event_name": event, "tool_name": "Bash"}
    call = {"tool_input": {"command": "sh run.sh"}, "tool_response": output}
    return json.dumps(said | call).encode()


def wrong(tool: str, event: str, answer: bytes) -> str:
    """What is amiss with an answer, in a sentence; "" where it is as it should be."""
    if event == "statusline":
        return "" if b"saved" in answer else "It prints no status line."
    if tool not in DIALECTS:
        return "It answers where it should only count." if answer else ""
    try:
        shown = list(strings(json.loads(answer)))
    except ValueError:
        return "It hands a long output back as it came: is AICONTEXT_OPTIMIZE 0, or the disk full?"
    shorter = [one for one in shown if _FAILURE in one and len(one) < len(_LOG) / 2]
    return "" if shorter else "Its answer does not hold what the output told."
