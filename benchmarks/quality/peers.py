"""Peers in the scorer's compress role. What a peer leaves over the budget is cut, half and half."""

from __future__ import annotations

from functools import cache
from importlib import import_module

import aicontext


def headroom(text: str, kind: str | None, query: str | None, budget_tokens: int) -> str:
    """headroom-ai with its defaults, on a tool result that follows the question."""
    call = {"id": "c1", "type": "function", "function": {"name": kind or "run", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": query or "What went wrong?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": text},
    ]
    result = _headroom().compress(messages, model="gpt-4o")
    return _cut(str(result.messages[-1]["content"]), budget_tokens)


@cache
def _headroom() -> object:
    return import_module("headroom")


def _cut(text: str, budget: int) -> str:
    def tokens(part: str) -> int:
        return aicontext.estimate(part, model="gpt-4o").tokens

    if tokens(text) <= budget:
        return text
    low, high = 0, min(len(text) // 2, budget * 20)
    while low < high:
        middle = (low + high + 1) // 2
        fits = tokens(text[:middle] + "\n" + text[-middle:]) <= budget
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low] + "\n" + text[len(text) - low :] if low else ""
