"""Whether older turns are rewritten now.

Carrying stale results on costs their price from the cache with every call; leaving them out costs
writing the cache anew once. Nobody knows how many calls will follow. So older turns are rewritten

- when the cache has lapsed: then it costs nothing, or
- when carrying them has cost REGRET times what leaving them out costs (the rule for renting skis:
  with 1 at worst twice the cost of who knows the future), and the conversation has saved that
  much before, so that it is never dearer than without us, however soon it ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.asks import ask_of, edited_paths

AGE = 8
"""Answers of the model after which a tool result is stale."""

SHARE, LEAST = 0.12, 40
"""A stale result keeps that share of its tokens, and at least that many."""

WORTH = 200
"""Tokens that a rewriting must leave out at least."""

REGRET = 1.0


def stale_size(tokens: int) -> int:
    """Tokens that a result of so many is shown in once it is stale."""
    return max(LEAST, int(SHARE * tokens))


def outdated(messages: Sequence[Message]) -> list[int]:
    """The tool results that at least AGE answers have followed, in order.

    Not among them: the latest read of a file that one of those answers edits, whose lines the next
    edit may have to quote.
    """
    recent = _recent(messages)
    past = messages[:recent]
    results = [index for index, one in enumerate(past) if one.role is Role.TOOL_RESULT]
    edited = {path for message in messages[recent:] for path in edited_paths(message)}
    if not edited:
        return results
    calls = {one.call_id: one for one in past if one.role is Role.TOOL_CALL}
    found = []
    for index in reversed(results):
        call = calls.get(messages[index].call_id)
        path = ask_of(call, "", "").path if call else ""
        if path in edited:
            edited.discard(path)
        else:
            found.append(index)
    return found[::-1]


def _recent(messages: Sequence[Message]) -> int:
    """Where the last AGE answers begin."""
    answers, answering = 0, False
    for index in range(len(messages) - 1, -1, -1):
        if messages[index].role in (Role.ASSISTANT, Role.TOOL_CALL):
            answering = True
        elif messages[index].role in (Role.TOOL_RESULT, Role.USER) and answering:
            answering, answers = False, answers + 1
            if answers == AGE:
                return index + 1
    return 0


def repays(loss: float, *, regret: float, saved: float) -> bool:
    """Whether a call that is dearer by `loss` is worth not carrying stale results on.

    regret: what carrying them has cost. saved: by the conversation. All in units.
    """
    return regret >= REGRET * loss and saved >= loss
