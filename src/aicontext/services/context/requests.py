"""Requests on their way to a provider: made smaller where that cannot cost more."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aicontext.domain.errors import AiContextError
from aicontext.domain.requests import Caller, Change, Outcome
from aicontext.domain.usage import Billed
from aicontext.engine.compress.forms.conversation import Conversation, write
from aicontext.engine.compress.forms.read import read
from aicontext.engine.compress.session import SessionMemo
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import counter
from aicontext.ports.archive import Archive
from aicontext.services.context import blocks
from aicontext.services.context.blocks import Block


@dataclass(frozen=True, slots=True)
class Forwarding:
    """A request as it goes out, and what it takes to account for it.

    body: the bytes to send, those that came where the outcome is not OPTIMIZED. why: the outcome
    in words. tokens: input counted by us, as it came and as it goes out.
    """

    body: bytes
    outcome: Outcome
    why: str = ""
    model: str = ""
    direct_tokens: int = 0
    sent_tokens: int = 0
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What a call cost in US dollars, and would have cost without us; None: no price is known."""

    cost: float | None = None
    direct_cost: float | None = None
    predicted_read: int = 0


class RequestService:
    """Plans requests. A plan changes nothing until it is `sent`, so it may be dropped at any time;
    one that came too late is `given_up`. May be called from any thread."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._memo = SessionMemo()

    def plan(self, body: bytes, caller: Caller, now: float) -> Forwarding:
        """The request as it should go out. Never raises: on any error of ours it goes as it came.

        now: seconds since the epoch.
        """
        try:
            return self._planned(read(body))
        except AiContextError as error:
            return Forwarding(body, Outcome.PASSED, str(error))

    def given_up(self, body: bytes, why: str) -> Forwarding:
        """The request as it came, because its plan took too long, was too large, or failed."""
        return Forwarding(body, Outcome.PASSED, why)

    def sent(self, forwarding: Forwarding, now: float) -> None:
        """Takes note that this is what the provider gets; called right before it goes out."""

    def billed(self, forwarding: Forwarding, billed: Billed, now: float) -> Account:
        """Takes note of what the provider reported, at the end of its answer."""
        known = model(forwarding.model)
        prices = known.prices_at(billed.all_input)
        return Account(billed.cost(prices) if prices else None)

    def _planned(self, talk: Conversation) -> Forwarding:
        count = counter(talk.model)
        found = blocks.of_conversation(talk, "", count, self._memo)
        lossy = [block for block in found if block.shown.handle]
        if lossy:
            self._archive.put(*(block.text for block in lossy))
        changed = {b.index: b.shown.rendition.text for b in found if b.changed}
        before = sum(block.shown.original_tokens for block in found)
        after = sum(block.shown.tokens for block in found)
        plain = Forwarding(talk.raw, Outcome.UNCHANGED, "", talk.model, before, after)
        if not changed:
            return plain
        body = write(talk, changed)
        changes = tuple(_change(block) for block in found if block.changed)
        return replace(plain, body=body, outcome=Outcome.OPTIMIZED, changes=changes)


def _change(block: Block) -> Change:
    shown = block.shown
    return Change(
        block=block.index,
        source=block.source,
        kind=shown.kind,
        level=shown.rendition.level,
        original_tokens=shown.original_tokens,
        optimized_tokens=shown.tokens,
        why=shown.rendition.why,
        handle=shown.handle,
    )
