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
from aicontext.engine.compress.asks import edited_paths, file_read, named

AGE = 4
"""Answers of the model after which a tool result is stale."""

EDITING = 8
"""Answers for which a file is being edited after it was, or for which one that a user named is
about to be once it was read."""

CARRIED = 2_000
"""Tokens below which it costs less to carry the read of a file that may be edited yet than to have
it fetched, as half of them are."""

SHARE, OF_READ, LEAST = 0.05, 0.12, 40
"""A stale result keeps that share of its tokens, a read of files the second one, for it is used
again four times as often; and at least that many."""

WORTH = 200
"""Tokens that a rewriting must leave out at least."""

REGRET = 1.0

# Looked up once: an enumeration's members take long, and a call looks at each of its messages.
_CALL, _RESULT, _USER = Role.TOOL_CALL, Role.TOOL_RESULT, Role.USER
_ANSWERS, _ASKS = (_CALL, Role.ASSISTANT), (_RESULT, _USER)


def stale_size(tokens: int, *, read: bool) -> int:
    """Tokens that a result of so many is shown in once it is stale. read: it shows files."""
    return max(LEAST, int((OF_READ if read else SHARE) * tokens))


def outdated(messages: Sequence[Message], tokens: Sequence[int]) -> dict[int, bool]:
    """The tool results that at least AGE answers have followed, in order, and whether each shows
    files. tokens: of each message.

    Not among them: the latest read of a file that one of the last EDITING answers edits, whose
    lines the next edit may have to quote; and reads of files that a user named and nobody edited
    yet, where they are small or fewer than EDITING answers have followed.
    """
    roles = [one.role for one in messages]
    recent, editing = _recent(roles, AGE), _recent(roles, EDITING)
    calls, edits, said = _told(messages)
    being, ever = {p for at, p in edits if at >= editing}, {p for _, p in edits}
    found = {}
    for index in range(recent - 1, -1, -1):
        if roles[index] is not _RESULT:
            continue
        call = calls.get(messages[index].call_id)
        read, path = file_read(call) if call else (False, "")
        if path in being:
            being.discard(path)
        elif (
            not path
            or path in ever
            or not named(path, said)
            or (index < editing and tokens[index] >= CARRIED)
        ):
            found[index] = read
    return dict(reversed(found.items()))


def _told(
    messages: Sequence[Message],
) -> tuple[dict[str, Message], list[tuple[int, str]], list[str]]:
    """The calls by id, the files edited and at which messages, and what users said."""
    calls: dict[str, Message] = {}
    edits: list[tuple[int, str]] = []
    said = []
    for index, one in enumerate(messages):
        if one.role is _CALL:
            calls[one.call_id] = one
            edits += [(index, path) for path in edited_paths(one)]
        elif one.role is _USER:
            said.append(one.text)
    return calls, edits, said


def _recent(roles: Sequence[Role], age: int) -> int:
    """Where the last `age` answers begin."""
    answers, answering = 0, False
    for index in range(len(roles) - 1, -1, -1):
        if roles[index] in _ANSWERS:
            answering = True
        elif answering and roles[index] in _ASKS:
            answering, answers = False, answers + 1
            if answers == age:
                return index + 1
    return 0


def repays(loss: float, *, regret: float, saved: float) -> bool:
    """Whether a call that is dearer by `loss` is worth not carrying stale results on.

    regret: what carrying them has cost. saved: by the conversation. All in units.
    """
    return regret >= REGRET * loss and saved >= loss
