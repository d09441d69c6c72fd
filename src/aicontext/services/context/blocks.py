"""What goes out for each block of a context, with and without a budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace

from aicontext.domain.context import Ask, Count, Kind, Level, handle
from aicontext.domain.errors import BudgetTooSmall
from aicontext.domain.messages import Message, Role
from aicontext.engine.budget.allocate import allocate
from aicontext.engine.compress.asks import asks_of
from aicontext.engine.compress.forms.conversation import Conversation
from aicontext.engine.compress.session import ALL, Renderer, SessionMemo, compress_session
from aicontext.engine.detect.detector import detect
from aicontext.engine.plan import Shown, as_it_is, fit, left_out, reference, show
from aicontext.engine.prioritize.bm25 import scores
from aicontext.services.context.source import join

Progress = Callable[[int, int], None]
"""Called with (blocks done, blocks in all)."""

LEAST = 30
"""Tokens below which an excerpt says nothing."""

FILE = 250
"""Tokens of a budget for each file that is shown: a few files in depth tell more than all."""

LABEL = 200
"""Characters of a tool's name and command that name a block."""

SIGN = 4
"""Tokens that the shortest sign of a left-out block takes at most."""

_AGING = 0.97
"""Worth of a token of a tool result against one of the next later result."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block as it goes out. text: as it came. references: runs shown by earlier places."""

    index: int
    source: str
    text: str
    shown: Shown
    references: int = 0

    @property
    def changed(self) -> bool:
        return self.shown.rendition.text != self.text

    def unchanged(self) -> Block:
        """The block as it came."""
        whole = as_it_is(self.text, self.shown.kind, self.shown.original_tokens)
        return replace(self, shown=whole, references=0)


def of_texts(
    texts: Sequence[tuple[str, str]], ask: Ask, count: Count, progress: Progress | None = None
) -> list[Block]:
    """Blocks of (path, text) pairs."""
    blocks = []
    for index, (path, text) in enumerate(texts):
        blocks.append(Block(index, path, text, show(text, replace(ask, path=path), count)))
        if progress:
            progress(index + 1, len(texts))
    return blocks


def texts_within_budget(
    texts: Sequence[tuple[str, str]],
    ask: Ask,
    count: Count,
    budget: int,
    progress: Progress | None = None,
) -> list[Block]:
    """Blocks of the (path, text) pairs that matter most for the query, `budget` tokens together."""
    found = scores(ask.query, [f"{path}\n{text}" for path, text in texts])
    best = sorted(range(len(texts)), key=lambda i: (-found[i], i))[: max(1, budget // FILE)]
    chosen = [(i, *texts[i], replace(ask, path=texts[i][0])) for i in sorted(best)]
    frame = join([(texts[i][0], "") for i in sorted(best)], len(texts) - len(best))
    room = budget - count(frame) if len(texts) > 1 else budget
    shown = _fitted(chosen, [1 + found[i] for i in sorted(best)], room, count, progress)
    rest = [
        Block(i, path, text, left_out(text, replace(ask, path=path), count))
        for i, (path, text) in enumerate(texts)
        if i not in set(best)
    ]
    return sorted([*shown, *rest], key=lambda block: block.index)


def joined(found: Sequence[Block]) -> str:
    """One text of the blocks of texts; those left out are counted."""
    present = [block for block in found if block.shown.rendition.text or not block.text]
    texts = [(block.source, block.shown.rendition.text) for block in present]
    return join(texts, len(found) - len(present))


def of_conversation(
    talk: Conversation, query: str, count: Count, memo: SessionMemo, whole: Set[str] = frozenset()
) -> list[Block]:
    """Blocks of a conversation's messages, prefix-monotone for as long as the query stays.

    query: in place of what was last said before each message. memo: for this query and count.
    whole: handles of texts that go out as they came.
    """
    blocks = _as_they_came(talk, count)
    editable = {
        index
        for index, slot in enumerate(talk.slots)
        if slot is not None and not (whole and handle(talk.messages[index].text) in whole)
    }

    def choose(text: str, ask: Ask, poorest: Level, /) -> Shown | None:
        return show(text, replace(ask, query=query or ask.query), count, poorest)

    found = compress_session(
        talk.messages,
        editable,
        Renderer(choose, count),
        memo=memo,
        referring=0 if talk.clears else ALL,
    )
    for emission in found:
        came = blocks[emission.index]
        offered = emission.shown if isinstance(emission.shown, Shown) else None
        shown = Shown(
            offered.kind if offered else came.shown.kind,
            emission.rendition,
            emission.before,
            emission.after,
            offered.quality if offered else 1.0,
            "" if emission.rendition.level.exact else handle(came.text),
        )
        blocks[emission.index] = replace(came, shown=shown, references=emission.references)
    return blocks


def within_budget(
    talk: Conversation, query: str, count: Count, budget: int, progress: Progress | None = None
) -> list[Block]:
    """Blocks of a conversation that hold `budget` tokens together: later results get more.

    Raises BudgetTooSmall where the messages that may not be changed are over the budget already.
    """
    blocks = _as_they_came(talk, count)
    editable = [block for block in blocks if talk.slots[block.index] is not None]
    fixed = sum(b.shown.original_tokens for b in blocks) - _tokens(editable)
    if fixed + _tokens(editable) <= budget:
        return blocks
    if fixed + LEAST > budget:
        raise BudgetTooSmall(
            f"What may not be changed in this conversation takes {fixed:,} of {budget:,} tokens.",
            hint="Raise the budget, or use `compress` to rewrite the session as one text.",
        )
    asks = asks_of(talk.messages)
    wanted = [
        (b.index, b.source, b.text, replace(asks[b.index], query=query or asks[b.index].query))
        for b in editable
    ]
    worth = [_AGING ** (len(editable) - i) for i in range(len(editable))]
    for block in _fitted(wanted, worth, budget - fixed, count, progress):
        blocks[block.index] = block
    return blocks


def _fitted(
    wanted: Sequence[tuple[int, str, str, Ask]],
    worth: Sequence[float],
    budget: int,
    count: Count,
    progress: Progress | None,
) -> list[Block]:
    """Blocks of (index, source, text, ask) that hold `budget` tokens together.

    Raises BudgetTooSmall where not even a sign for each block fits.
    """
    if budget < SIGN * len(wanted):
        raise BudgetTooSmall(
            f"{budget:,} tokens do not hold a sign for each of {len(wanted):,} blocks.",
            hint="Raise the budget, or use `compress` to rewrite the session as one text.",
        )
    sizes = [count(text) for _, _, text, _ in wanted]
    shares = allocate(sizes, worth, budget - SIGN * len(wanted))
    blocks = []
    for done, ((index, source, text, ask), share) in enumerate(zip(wanted, shares, strict=True)):
        shown = _within(text, ask, share, count)
        blocks.append(Block(index, source, text, shown))
        if progress:
            progress(done + 1, len(wanted))
    return blocks


def _within(text: str, ask: Ask, share: int, count: Count) -> Shown:
    """The text in at most `share` tokens, or in SIGN more where that holds but a sign of it."""
    try:
        return fit(text, ask, share, count)
    except BudgetTooSmall:
        return reference(text, ask, share + SIGN, count)


def _as_they_came(talk: Conversation, count: Count) -> list[Block]:
    asks = asks_of(talk.messages)
    return [
        _whole(index, message, ask, count)
        for index, (message, ask) in enumerate(zip(talk.messages, asks, strict=True))
    ]


def _whole(index: int, message: Message, ask: Ask, count: Count) -> Block:
    source, kind = message.role.value, Kind.IMAGE if message.media else Kind.PROSE
    if message.role is Role.TOOL_CALL:
        source = f"call of {message.tool}"
    elif message.role is Role.TOOL_RESULT:
        made = f"{message.tool or 'tool'} {ask.path or ask.command[: 2 * LABEL]}"
        source = " ".join(made.split())[:LABEL]
        kind = detect(message.text, ask).kind
    shown = as_it_is(message.text, kind, count(message.text))
    return Block(index, source, message.text, shown)


def _tokens(blocks: Sequence[Block]) -> int:
    return sum(block.shown.original_tokens for block in blocks)
