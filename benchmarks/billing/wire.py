"""The bodies that Claude Code and Codex would send for a recorded conversation.

Claude Code: tools, an attribution block that is other with each call, system text with two
breakpoints, and a breakpoint on the last block of each of the last two messages, moved along with
every call. Codex: Responses, or Chat Completions for sessions that are drawn for it. Tools and
system text are made up, of a given size.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from zlib import crc32

from sessions import Event, Session, Turn, draw

CLAUDE, GPT = "claude-opus-4-6", "gpt-5.2-codex"
CONTROL = {"type": "ephemeral"}
_CHAT_OF = 4
_CHECKED = "cch=00000"
_NAMES = (
    *("Bash", "Read", "Edit", "Write", "Grep", "Glob", "Task", "TaskCreate", "TaskUpdate"),
    *("TaskOutput", "Skill", "WebFetch", "WebSearch", "NotebookEdit", "ToolSearch"),
    *("AskUserQuestion", "ExitPlanMode", "KillShell", "ListResources", "ReadResource"),
)
_WORDS = (
    *("the", "tool", "returns", "each", "file", "that", "matches", "a", "pattern", "and", "prints"),
    *("lines", "with", "numbers", "so", "later", "edits", "can", "name", "them", "use", "it", "if"),
    *("you", "know", "where", "to", "look", "before", "shell", "commands", "because", "results"),
    *("are", "bounded", "never", "call", "twice", "for", "equal", "arguments", "when", "an"),
    *("answer", "is", "long", "then", "ask", "by", "offset", "limit", "paths", "must", "be"),
    *("absolute", "quote", "names", "report", "what", "failed", "instead", "of", "guessing"),
)


@dataclass(frozen=True, slots=True)
class Prelude:
    """What stands before the conversation, as JSON. form: "anthropic", "responses" or "chat"."""

    form: str
    model: str
    tools: str
    system: str


def prelude(
    session: Session,
    tokens: int,
    count: Callable[[str], int],
    agent: str = "",
    *,
    gpt: str = GPT,
) -> Prelude:
    """Tools and system text of about `tokens` tokens. agent: a sub-agent's own name. gpt: the model
    that Codex asks."""
    if session.agent != "Codex":
        return _claude(tokens, count, agent)
    form = "responses" if draw(session.id, "form", _CHAT_OF) else "chat"
    return replace(_codex(form, tokens, count, agent), model=gpt)


def body(start: Prelude, session: str, turns: Sequence[Turn]) -> bytes:
    """The request of the last of the turns, with all that came before it."""
    if start.form == "anthropic":
        items = _claude_messages(turns)
        key, rest = "messages", f'"max_tokens":32000,"metadata":{{"user_id":"{session}"}}'
    elif start.form == "responses":
        items = [item for turn in turns[:-1] for item in (*_said(turn), *_answered(turn))]
        items += _said(turns[-1])
        key, rest = "input", f'"store":false,"prompt_cache_key":"{session}"'
    else:
        items = [start.system]
        items += [i for turn in turns[:-1] for i in (*_chat_said(turn), *_chat_answered(turn))]
        items += _chat_said(turns[-1])
        key, rest = "messages", f'"prompt_cache_key":"{session}"'
    named = {"anthropic": '"system":', "responses": '"instructions":'}.get(start.form)
    system = start.system.replace(_CHECKED, f"cch={crc32(items[-1].encode()) & 0xFFFFF:05x}", 1)
    middle = f"{named}{system}," if named else ""
    return (
        f'{{"model":"{start.model}",{middle}"{key}":[{",".join(items)}],'
        f'"tools":{start.tools},{rest},"stream":true}}'
    ).encode()


def answered(turn: Turn) -> str:
    """What the model wrote in this turn."""
    return "\n".join(event.get("text") or _arguments(event) for event in _parts(turn))


def forget() -> None:
    """Forgets the messages of the sessions so far."""
    for made in (_user, _assistant, _said, _answered, _chat_said, _chat_answered):
        made.cache_clear()


@cache
def _claude(tokens: int, count: Callable[[str], int], agent: str) -> Prelude:
    tools = _tools(
        tokens * 4 // 5, count, lambda n, d, s: {"name": n, "description": d, "input_schema": s}
    )
    who = agent or "a coding agent that works in the user's terminal"
    system = [
        {"type": "text", "text": f"x-anthropic-billing-header: cc_version=2.1.190; {_CHECKED};"},
        {"type": "text", "text": f"You are {who}.", "cache_control": CONTROL},
        {"type": "text", "text": _filler(tokens // 5, count, 7), "cache_control": CONTROL},
    ]
    return Prelude("anthropic", CLAUDE, json.dumps(tools), json.dumps(system))


@cache
def _codex(form: str, tokens: int, count: Callable[[str], int], agent: str) -> Prelude:
    def flat(name: str, description: str, schema: Any) -> Any:
        return {"type": "function", "name": name, "description": description, "parameters": schema}

    def nested(name: str, description: str, schema: Any) -> Any:
        function = {"name": name, "description": description, "parameters": schema}
        return {"type": "function", "function": function}

    tools = _tools(tokens // 2, count, flat if form == "responses" else nested)
    text = f"You are {agent or 'a coding agent'}. {_filler(tokens // 2, count, 3)}"
    system = text if form == "responses" else {"role": "system", "content": text}
    return Prelude(form, GPT, json.dumps(tools), json.dumps(system))


def _tools(tokens: int, count: Callable[[str], int], shape: Callable[[str, str, Any], Any]) -> Any:
    each = max(10, tokens // len(_NAMES) - 40)
    schema = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
    return [shape(name, _filler(each, count, n), schema) for n, name in enumerate(_NAMES)]


def _filler(tokens: int, count: Callable[[str], int], seed: int) -> str:
    """Paragraphs of about that many tokens."""
    words = [_WORDS[(seed * 31 + i * (seed % 7 + 2)) % len(_WORDS)] for i in range(max(tokens, 14))]
    lines = [" ".join(words[i : i + 14]).capitalize() + "." for i in range(0, len(words), 14)]
    sized = max(1, round(len(lines) * tokens / max(1, count(" ".join(lines)))))
    lines = lines[:sized]
    return "\n".join(" ".join(lines[i : i + 5]) for i in range(0, len(lines), 5))


def _claude_messages(turns: Sequence[Turn]) -> list[str]:
    messages = [
        message for turn in turns[:-1] for message in (_user(turn, False), _assistant(turn, False))
    ]
    if messages:
        messages[-1] = _assistant(turns[-2], True)
    return [*messages, _user(turns[-1], True)]


@cache
def _user(turn: Turn, marked: bool) -> str:
    blocks = [_block(event) for event in turn.said] or [{"type": "text", "text": "Continue."}]
    return _message("user", blocks, marked)


@cache
def _assistant(turn: Turn, marked: bool) -> str:
    return _message("assistant", [_block(event) for event in _parts(turn)], marked)


def _message(role: str, blocks: list[dict[str, Any]], marked: bool) -> str:
    if marked:
        blocks[-1] = {**blocks[-1], "cache_control": CONTROL}
    return json.dumps({"role": role, "content": blocks}, ensure_ascii=False)


def _block(event: Event) -> dict[str, Any]:
    if event["role"] == "tool_call":
        given = event["input"] if isinstance(event["input"], dict) else {"input": event["input"]}
        return {"type": "tool_use", "id": event["cid"], "name": event["tool"], "input": given}
    if event["role"] == "tool_result":
        block = {"tool_use_id": event["cid"], "type": "tool_result", "content": event["text"]}
        return {**block, "is_error": True} if event.get("error") else block
    return {"type": "text", "text": event["text"] or "(no content)"}


def _parts(turn: Turn) -> Iterator[Event]:
    """The answer as it goes back: text first, as the API gives it."""
    return (event for event in turn.answer if event["role"] != "usage")


@cache
def _said(turn: Turn) -> list[str]:
    return [json.dumps(_item(event), ensure_ascii=False) for event in turn.said]


@cache
def _answered(turn: Turn) -> list[str]:
    return [json.dumps(_item(event), ensure_ascii=False) for event in _parts(turn)]


def _item(event: Event) -> dict[str, Any]:
    role = event["role"]
    own = event.get("tool") == "apply_patch"
    if role == "tool_call":
        given = _arguments(event)
        if own:
            return {
                "type": "custom_tool_call",
                "call_id": event["cid"],
                "name": event["tool"],
                "input": given,
            }
        return {
            "type": "function_call",
            "name": event["tool"],
            "arguments": given,
            "call_id": event["cid"],
        }
    if role == "tool_result":
        kind = "custom_tool_call_output" if own else "function_call_output"
        return {"type": kind, "call_id": event["cid"], "output": event["text"]}
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": event["text"]}]
    return {"type": "message", "role": role, "content": content}


def _arguments(event: Event) -> str:
    given = event.get("input") or ""
    return given if isinstance(given, str) else json.dumps(given)


@cache
def _chat_said(turn: Turn) -> list[str]:
    found: Iterable[dict[str, Any]] = (
        {"role": "tool", "tool_call_id": event["cid"], "content": event["text"]}
        if event["role"] == "tool_result"
        else {"role": event["role"], "content": event["text"]}
        for event in turn.said
    )
    return [json.dumps(message, ensure_ascii=False) for message in found]


@cache
def _chat_answered(turn: Turn) -> list[str]:
    text = "\n".join(event["text"] for event in _parts(turn) if event["role"] == "assistant")
    calls = [
        {
            "id": event["cid"],
            "type": "function",
            "function": {"name": event["tool"], "arguments": _arguments(event)},
        }
        for event in _parts(turn)
        if event["role"] == "tool_call"
    ]
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    return [json.dumps({**message, "tool_calls": calls} if calls else message, ensure_ascii=False)]
