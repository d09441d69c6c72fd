"""One way in which a conversation may go out, as the model and the provider's cache see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from aicontext.domain.context import Ask, Count, Kind, Level, handle
from aicontext.domain.messages import Role
from aicontext.domain.requests import Change
from aicontext.engine.compress.asks import is_read
from aicontext.engine.compress.forms.conversation import Conversation
from aicontext.engine.compress.memo import message_digest, rolling
from aicontext.engine.compress.session import (
    Brief,
    Choose,
    Emission,
    Renderer,
    SessionMemo,
    compress_session,
)
from aicontext.engine.detect.detector import detect
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.forecast import IMAGE
from aicontext.engine.ledger.billing import Sent, caches_by_itself
from aicontext.engine.ledger.holdings import reaching
from aicontext.engine.ledger.rewriting import stale_size
from aicontext.engine.ledger.treatments import Treated
from aicontext.engine.plan import Shown, fit, show
from aicontext.services.context.reach import Reach


@dataclass(frozen=True, slots=True)
class Read:
    """A request as it came. tokens: of each message, counted by us."""

    talk: Conversation
    tokens: Sequence[int]
    sent: Sent

    @classmethod
    def of(cls, talk: Conversation, count: Count) -> Read:
        image = round(IMAGE.expected)
        tokens = [image if one.media else count(one.text) for one in talk.messages]
        talk = replace(talk, breakpoints=reaching(talk.breakpoints, talk.messages))
        return cls(talk, tokens, _sent(talk, talk.digests, tokens))

    @property
    def answered(self) -> int:
        """Messages up to and with the model's last answer."""
        messages = self.talk.messages
        places = range(len(messages) - 1, -1, -1)
        last = (i for i in places if messages[i].role in (Role.ASSISTANT, Role.TOOL_CALL))
        return next(last, -1) + 1


@dataclass(frozen=True, slots=True)
class View:
    """The conversation with its messages treated so. originals, tokens: of each message, as it
    came and as it goes out."""

    talk: Conversation
    treated: Treated
    emissions: tuple[Emission, ...]
    originals: Sequence[int]
    tokens: Sequence[int]
    sent: Sent

    def shrinking(self, messages: Mapping[int, bool]) -> dict[int, int]:
        """Those of which an excerpt would be clearly smaller than what goes out now, and how many
        tokens it would leave out. messages: whether each shows files."""
        found, stale, originals, tokens = {}, self.treated.stale, self.originals, self.tokens
        for message, read in messages.items():
            if message in stale:
                continue
            now, excerpt = tokens[message], stale_size(originals[message], read=read)
            if now > 1.5 * excerpt:
                found[message] = now - excerpt
        return found


@dataclass(frozen=True, slots=True)
class Way:
    """How a client's requests are shown. fetch: how originals are had, before their handle; empty
    where they cannot be. memo: of the sessions shown in this way."""

    reach: Reach
    fetch: str
    renderer: Renderer
    memo: SessionMemo


def view(
    read: Read,
    treated: Treated,
    changeable: Collection[int],
    way: Way,
    given: Mapping[int, Emission],
) -> View:
    """changeable: messages that may be changed at all. given: how some of them go out, unless they
    go out whole or are stale."""
    talk = read.talk
    as_it_came = View(talk, treated, (), read.tokens, read.tokens, read.sent)
    # Calls that the provider keeps stand before the messages that answer them.
    before = len(talk.calls)
    editable = [before + index for index in changeable if index not in treated.whole]
    if not editable:
        return as_it_came
    emissions = compress_session(
        (*talk.calls, *talk.messages),
        editable,
        way.renderer,
        memo=way.memo,
        referring=before + treated.referring,
        stale={before + index for index in treated.stale} if before else treated.stale,
        given={
            before + index: replace(one, index=before + index)
            for index, one in given.items()
            if index in changeable and index not in treated.whole | treated.stale
        },
        digests=(*map(message_digest, talk.calls), *talk.digests),
    )
    if not emissions:
        return as_it_came
    if before:
        emissions = tuple(replace(one, index=one.index - before) for one in emissions)
    digests, tokens = list(talk.digests), list(read.tokens)
    for emission in emissions:
        tokens[emission.index] = emission.after
        digests[emission.index] = emission.digest
    sent = _sent(talk, digests, tokens)
    return View(talk, treated, emissions, read.tokens, tokens, sent)


def chooser(count: Count, *, fetch: str, skipped: Collection[Kind] = ()) -> Choose:
    """How blocks are shown. fetch: how the model gets an original, before its handle; where it
    cannot, fetch is empty and nothing may be left out."""

    def choose(text: str, ask: Ask, poorest: Level, /) -> Shown | None:
        ask = replace(ask, fetch=fetch)
        if poorest is Level.EXCERPT:
            shown = fit(text, ask, stale_size(count(text), read=is_read(ask)), count)
        else:
            shown = show(text, ask, count, poorest)
        if not fetch and not shown.rendition.level.exact:
            shown = show(text, ask, count, Level.LOSSLESS)
        allowed = fetch or shown.rendition.level.exact
        return shown if allowed and shown.kind not in skipped else None

    return choose


def briefer(count: Count, *, fetch: str, skipped: Collection[Kind] = ()) -> Brief | None:
    """How long blocks are born as excerpts; None where the model cannot get their originals."""
    if not fetch:
        return None

    def brief(text: str, ask: Ask, room: int, /) -> Shown | None:
        shown = fit(text, replace(ask, fetch=fetch), room, count)
        return None if shown.kind in skipped else shown

    return brief


def change(emission: Emission, original: str) -> Change:
    """original: the message's text as it came."""
    shown = emission.shown
    return Change(
        block=emission.index,
        source=emission.label,
        kind=shown.kind if isinstance(shown, Shown) else detect(original, Ask()).kind,
        level=emission.rendition.level,
        original_tokens=emission.before,
        optimized_tokens=emission.after,
        why=emission.rendition.why,
        handle="" if emission.rendition.level.exact else handle(original),
    )


def _sent(talk: Conversation, digests: Sequence[bytes], tokens: Sequence[int]) -> Sent:
    return Sent(
        rolling(digests),
        list(accumulate(tokens)),
        talk.breakpoints,
        caches_by_itself(talk),
        model(talk.model).cache_minimum,
    )
