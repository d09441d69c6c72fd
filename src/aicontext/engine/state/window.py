"""What a model has before it, as digests of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from aicontext.domain.messages import Message, Role
from aicontext.engine.condense.code import reads
from aicontext.engine.state.files import file_lines, short_digest

FEWEST = 200
"""Characters of a block that is worth a reference."""


def blocks(messages: Iterable[Message], without: Set[str] = frozenset()) -> frozenset[str]:
    """Digests of what was said, and of the files' lines in it, however a tool numbers them.

    without: digests of messages that were not shown as they are.
    """
    found = (frozenset(names(message)) for message in messages)
    return frozenset().union(*(some for some in found if some.isdisjoint(without)))


def names(message: Message) -> Iterator[str]:
    """The digests by which the same content is known in another tool; none where it is short."""
    if message.role is Role.OPAQUE or message.media or len(message.text) < FEWEST:
        return
    yield short_digest(message.text)
    numbered = reads.plain(message.text) if message.role is Role.TOOL_RESULT else None
    lines = numbered.lines if numbered and numbered.contiguous else message.text.split("\n")
    yield short_digest("\n".join(file_lines("\n".join(lines))))
