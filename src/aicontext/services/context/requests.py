"""Requests on their way to a provider: made smaller where that cannot cost more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import compress
from sys import getsizeof

from aicontext.domain.errors import AiContextError, Unavailable
from aicontext.domain.events import UsageEvent
from aicontext.domain.messages import Message, Role
from aicontext.domain.requests import Caller, Change, Outcome, Rewriting
from aicontext.domain.usage import Billed, Tier
from aicontext.engine.compress.forms.conversation import Conversation, splice
from aicontext.engine.compress.forms.read import read
from aicontext.engine.compress.forms.readings import Readings
from aicontext.engine.compress.session import ALL, Emission, Renderer, SessionMemo
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import counter
from aicontext.engine.ledger.account import Account, Pricing
from aicontext.engine.ledger.billing import Rates, Sent
from aicontext.engine.ledger.holdings import EVER, GRACE, Holdings
from aicontext.engine.ledger.rewriting import WORTH, outdated, repays
from aicontext.engine.ledger.trace import Trace
from aicontext.engine.ledger.treatments import Known, Treated, Treatments
from aicontext.kit.recent import Recent
from aicontext.ports.stores.archive import Archive
from aicontext.ports.stores.ledger import Ledger
from aicontext.services.context.options import Options
from aicontext.services.context.originals import Originals
from aicontext.services.context.reach import Reach, reach
from aicontext.services.context.view import Read, View, Way, briefer, change, chooser, view

ALONE = 16_000_000
"""Bytes of results that are remembered as requests brought them alone."""

CALLS = 4_000_000
"""Bytes of tool calls that are remembered until their results come."""

WAYS = 8
"""Ways of showing requests, by vocabulary and reach, whose sessions are remembered, at most."""

_CALL = 500
"""Bytes of a call beside its arguments."""

_UNREACHED = "only without loss: its model could not read originals back"
_UNKEPT = "only without loss: originals cannot be kept (see: aicontext archive)"
_LEFT_ALONE = {
    Outcome.CONTROL: "left alone, to compare the others with",
    Outcome.COUNTED: "as asked by --no-optimize or AICONTEXT_OPTIMIZE=0",
}


@dataclass(frozen=True, slots=True)
class Forwarding:
    """A request as it goes out, and what it takes to account for it.

    body: the bytes to send, those that came where the outcome is not OPTIMIZED. why: the outcome
    in words. tokens: input counted by us, as it came and as it goes out. alone: of a request that
    goes on from what the provider keeps, its results by digest, and how they go out if not whole.
    """

    body: bytes
    outcome: Outcome
    why: str = ""
    model: str = ""
    direct_tokens: int = 0
    sent_tokens: int = 0
    changes: tuple[Change, ...] = ()
    rewriting: Rewriting | None = None
    trace: Trace | None = None
    alone: Mapping[bytes, Emission | None] = field(default_factory=dict)


def accounted(
    event: Callable[..., UsageEvent],
    forwarding: Forwarding,
    account: Account,
    *,
    model: str = "",
    why: str = "",
) -> UsageEvent:
    """The event with what the plan and the bill tell of the call.

    event: makes it, given that. model: where the plan does not know it. why: what went wrong; it
    comes before the plan's, for lines for people cut off what is last.
    """
    return event(
        model=forwarding.model or model,
        outcome=forwarding.outcome,
        why="; ".join(filter(None, (why, forwarding.why))),
        direct_tokens=forwarding.direct_tokens,
        sent_tokens=forwarding.sent_tokens,
        predicted_read=account.predicted_read,
        cost=account.cost,
        direct_cost=account.direct_cost,
        quote=account.quote,
        changes=forwarding.changes,
        rewriting=forwarding.rewriting,
    )


class RequestService:
    """Plans requests. A plan changes nothing until it is `sent`, so it may be dropped at any time;
    one that came too late is `given_up`. May be called from any thread."""

    def __init__(self, archive: Archive, ledger: Ledger, options: Options | None = None) -> None:
        self._archive = archive
        self._ledger = ledger
        self._options = options or Options()
        self._treatments = Treatments()
        self._ours, self._direct = Holdings(), Holdings()
        self._readings = Readings()
        self._originals: Originals[bytes] = Originals(archive)
        self._calls: Recent[str, Message | None] = Recent(CALLS)
        self._alone: Recent[bytes, tuple[Emission | None, float] | None] = Recent(ALONE)
        self._ways: Recent[tuple[str, Reach], Way | None] = Recent(WAYS)

    def plan(
        self,
        body: bytes,
        caller: Caller,
        now: float,
        asked: str = "",
        *,
        late: str = "",
        fetches: bool = True,
    ) -> Forwarding:
        """The request as it should go out, as it came where it cannot be read.

        now: seconds since the epoch. asked: the model, where the body does not name it. late: why
        there is no time; then its past goes out as it did before and the rest as it came. fetches:
        the caller may have originals again that this machine keeps.
        """
        try:
            talk = read(body, self._readings, self._called)
        except AiContextError as error:
            return Forwarding(body, Outcome.PASSED, error.message, asked)
        if not talk.model:
            talk = replace(talk, model=asked)
        came = Read.of(talk, counter(talk.model))
        if not came.talk.messages:
            return _as_it_came(came, Outcome.UNCHANGED, "it holds no messages")
        if left := self._left_alone(came, caller):
            return _as_it_came(came, left, _LEFT_ALONE[left])
        by = reach(came.talk.tools, caller, self._options.command) if fetches else Reach.NONE
        return self._planned(came, by, now, late)

    def given_up(self, body: bytes, why: str, now: float) -> Forwarding:
        """The request as it came, because its plan took too long, was too large, or failed.

        What it newly brings stays as it came in later calls too: so it will be in the cache.
        """
        passed = Forwarding(body, Outcome.PASSED, why)
        try:
            # Characters will do for tokens: the bill tells how many there were, these their shares.
            came = Read.of(read(body, self._readings, self._called), len)
        except AiContextError:
            return passed
        if not came.talk.messages:
            return passed
        known, _ = self._known(came)
        at, treated = known[:2] if known else (-1, Treated())
        new = frozenset(range(at + 1, len(came.tokens)))
        treated = replace(treated, whole=treated.whole | new)
        foreign = known is None and came.answered > 0
        trace = self._trace(came, came.sent, treated, now, foreign=foreign)
        return replace(passed, model=came.talk.model, trace=trace, alone=_alone(came.talk, ()))

    def called(self, calls: Iterable[Message]) -> None:
        """Takes note of the tool calls in an answer: the request that brings their results may
        leave them out."""
        for call in calls:
            self._calls.put(call.call_id, call, getsizeof(call.text) + _CALL)

    def sent(self, forwarding: Forwarding, now: float) -> Callable[[], None]:
        """Takes note that this is what the provider gets; called right before it goes out. What
        comes back is to be called where nothing of it got to the provider."""
        if (trace := forwarding.trace) is None:
            return _nothing
        if risked := _risked(forwarding):
            # Until the bill comes: forks that go out meanwhile may not risk it once more.
            trace.treated.purse.saved -= risked
        self._treatments.note(trace.direct.keys[-1], trace.treated, now)
        if forwarding.rewriting:
            self._treatments.rewrote(trace.direct.keys, trace.treated)
        for key, emission in forwarding.alone.items():
            self._alone.put(key, (emission, now), emission.weight if emission else _CALL)
        ours, direct = self._ours.note(trace.sent, now), self._direct.note(trace.direct, now)
        with suppress(Unavailable):
            self._ledger.note(trace.direct.keys[-1], trace.treated.packed(), now)

        def take_back() -> None:
            trace.treated.purse.saved += risked
            self._treatments.note(trace.direct.keys[-1], trace.treated, EVER)
            self._ours.take_back(ours, now)
            self._direct.take_back(direct, now)

        return take_back

    def billed(
        self,
        forwarding: Forwarding,
        billed: Billed,
        now: float,
        *,
        upstream: str = "",
        tier: Tier = Tier.STANDARD,
        region: str = "",
    ) -> Account:
        """Takes note of what the provider reported, at the end of its answer. upstream: who it is,
        by its name here; tier, region: in which it answered."""
        pricing = Pricing(model(forwarding.model, upstream), billed, now, tier, region)
        if (trace := forwarding.trace) is None or not trace.sent.tokens:
            return pricing.account()
        if trace.continues:
            # What the provider keeps is the same either way; what is new is read from no cache.
            fewer = trace.direct.tokens - trace.sent.tokens
            return pricing.account(billed.all_input + fewer, fewer)
        # What the same provider would have counted: our counts are off by the same factor.
        unseen = trace.unseen(billed)
        scale = (billed.all_input - unseen) / trace.sent.tokens
        read = round(scale * trace.read) + min(unseen, billed.cache_read)
        if trace.same:
            return replace(pricing.account(), predicted_read=read)
        held = max(billed.cache_read - unseen, 0) / scale
        would = min(round(trace.would_read(held)), trace.direct.tokens)
        rates = trace.rates_of(billed)
        cost = trace.sent.units(round(held), rates) if unseen else rates.units(billed)
        saved = scale * trace.direct.units(would, rates) - cost
        saved -= (rates.write - rates.read) * trace.anew(unseen, billed)
        purse = trace.treated.purse
        purse.saved, purse.unseen = purse.saved + saved + _risked(forwarding), unseen
        account = pricing.account(scale * trace.direct.tokens + unseen, saved)
        return replace(account, predicted_read=read)

    def _left_alone(self, came: Read, caller: Caller) -> Outcome | None:
        """By the session's name, else by its first message: the same for all its calls."""
        return self._options.left_alone(caller.session.encode() or came.talk.digests[:2][-1])

    def _planned(self, came: Read, by: Reach, now: float, late: str) -> Forwarding:
        talk = came.talk
        rates = Rates.of(model(talk.model).prices_at(came.sent.tokens))
        way, changeable = self._way(talk, by), self._changeable(talk)

        def see(treated: Treated) -> View:
            # Not by calling itself: it would hold itself, and the body, until cycles are collected.
            while True:
                shown = view(came, treated, changeable, way, self._given(came, treated))
                lost = self._unarchived(came, shown.emissions, way.reach, now)
                if not lost:
                    return shown
                treated = replace(treated, whole=treated.whole | lost)

        known, forgotten = self._known(came)
        at, treated = known[:2] if known else _never_sent(came, changeable)
        if talk.clears:
            # What went out as a reference stays one: it may be in the provider's cache.
            treated = replace(treated, referring=min(treated.referring, at + 1))
        new = frozenset(i for i in changeable if i > at)
        if late:
            treated = replace(treated, whole=treated.whole | new)
        chosen, rewriting = see(treated), None
        shorter = chosen.emissions and not talk.continues
        if shorter and _uncached(chosen.sent, came.sent, rates):
            chosen = see(replace(treated, whole=treated.whole | new))
        if known and forgotten:
            self._ours.assume(chosen.sent, at, known.then)
        # What others may have sent a moment ago is in the provider's cache, who knows how much.
        foreign = known is None and came.answered > 0
        if not foreign and not late:
            chosen = self._shared(chosen, came.sent.keys[: at + 1], see, rates=rates, now=now)
            chosen, rewriting = self._rewritten(chosen, changeable, see, rates=rates, now=now)
        trace = self._trace(came, chosen.sent, chosen.treated, now, foreign=foreign)
        why = late or self._kept_whole(talk, changeable, way)
        if not chosen.emissions:
            outcome = Outcome.PASSED if late else Outcome.UNCHANGED
            return _as_it_came(came, outcome, why or "nothing in it could be shorter", trace)
        told = [e for e in chosen.emissions if e.index > at or rewriting]
        return _made_smaller(chosen, trace, told, rewriting, why)

    def _given(self, came: Read, treated: Treated) -> dict[int, Emission]:
        """How its messages went out that a request brought alone."""
        found = ((i, self._alone.get(came.talk.digests[i], None)) for i in treated.alone)
        return {i: one[0] for i, one in found if one and one[0]}

    def _brought(self, came: Read, known: Known | None) -> Known | None:
        """The conversation as known, with what requests brought alone since."""
        messages, digests = came.talk.messages, came.talk.digests
        found = {
            i: one
            for i in range(known.at + 1 if known else 0, len(messages))
            if messages[i].role is Role.TOOL_RESULT
            and (one := self._alone.get(digests[i], None)) is not None
        }
        if not found or came.talk.continues:
            return known
        treated = known.treated if known else Treated()
        smaller = {i for i, (emission, _) in found.items() if emission}
        treated = replace(
            treated,
            whole=treated.whole | (found.keys() - smaller),
            alone=treated.alone | smaller,
        )
        return Known(max(found), treated, max(then for _, then in found.values()))

    def _trace(
        self, came: Read, sent: Sent, treated: Treated, now: float, *, foreign: bool
    ) -> Trace:
        direct, read = came.sent, self._ours.read(sent, now)
        return Trace(
            direct=direct,
            direct_read=None if foreign else self._direct.read(direct, now),
            direct_known=self._direct.read(direct, EVER),
            sent=sent,
            read=read,
            known=self._ours.read(sent, EVER),
            treated=treated,
            rates=Rates.of(model(came.talk.model).prices_at(direct.tokens)),
            continues=came.talk.continues,
            unsure=self._ours.read(sent, now + GRACE) < read,
        )

    def _known(self, came: Read) -> tuple[Known | None, bool]:
        """How it went out before, and whether what the provider may hold of that has to be worked
        out from when it did: another process sent it, or this one may have forgotten."""
        keys = came.sent.keys
        known, forgotten = self._treatments.find(keys), came.sent.automatic
        first = known.at + 1 if known else 0
        with suppress(Unavailable, ValueError, TypeError):
            if (found := self._ledger.find(keys[first:])) is not None:
                beyond, state, then = found
                known, forgotten = Known(first + beyond, Treated.unpacked(state), then), True
        if (brought := self._brought(came, known)) is not known:
            known, forgotten = brought, True
        if known and forgotten:
            # Where it is known as it came, so is what went out instead, which may be another view.
            forgotten = self._direct.assume(came.sent, known.at, known.then)
        return known, forgotten

    def _way(self, talk: Conversation, by: Reach) -> Way:
        """How blocks are shown to this client's model."""
        key = model(talk.model).family, by
        if (way := self._ways.get(key, None)) is None:
            count, skipped = counter(talk.model), self._options.skipped_kinds
            fetch = self._fetch(by)
            choose = chooser(count, fetch=fetch, skipped=skipped)
            brief = briefer(count, fetch=fetch, skipped=skipped)
            way = Way(by, fetch, Renderer(choose, count, brief), SessionMemo())
            self._ways.put(key, way, 1)
        return way

    def _fetch(self, by: Reach) -> str:
        if by is Reach.COMMAND:
            return "aicontext retrieve "
        try:
            return self._archive.expose() if by is Reach.FILE else ""
        except Unavailable:
            return ""

    def _kept_whole(self, talk: Conversation, changeable: Collection[int], way: Way) -> str:
        """Why more could not be left out; "" where nothing stood in the way."""
        refused = self._originals.refused
        if way.fetch and not refused:
            return ""
        results = [i for i in changeable if talk.messages[i].role is Role.TOOL_RESULT]
        if results and way.reach is Reach.NONE:
            return _UNREACHED
        unkept = not way.fetch or any(talk.digests[i] in refused for i in results)
        return _UNKEPT if results and unkept else ""

    def _changeable(self, talk: Conversation) -> frozenset[int]:
        found = compress(range(len(talk.slots)), talk.slots)
        if skipped := self._options.skipped_tools:
            return frozenset(i for i in found if talk.messages[i].tool not in skipped)
        return frozenset(found)

    def _unarchived(
        self, came: Read, emissions: Collection[Emission], by: Reach, now: float
    ) -> frozenset[int]:
        """Messages whose originals are needed and could not be kept."""
        talk = came.talk
        lossy = [e.index for e in emissions if not e.rendition.level.exact]
        if not lossy:
            return frozenset()
        texts = {talk.digests[i]: talk.messages[i].text for i in lossy}
        lost, _ = self._originals.keep(texts, now, exposed=by is Reach.FILE)
        return frozenset(i for i in lossy if talk.digests[i] in lost) if lost else frozenset()

    def _called(self, call_id: str) -> Message | None:
        return self._calls.get(call_id, None)

    def _shared(
        self,
        kept: View,
        past: Sequence[bytes],
        see: Callable[[Treated], View],
        *,
        rates: Rates,
        now: float,
    ) -> View:
        """The view, or one with its past as a conversation that shares it rewrote it, where the
        provider holds that and the view's own no longer."""
        read = self._ours.read(kept.sent, now)
        if not past or read >= kept.sent.totals[len(past) - 1]:
            return kept
        if (treated := self._treatments.rewritten(past, kept.treated)) is None:
            return kept
        found = see(treated)
        more = self._ours.read(found.sent, now)
        cheaper = found.sent.units(more, rates) < kept.sent.units(read, rates)
        return found if more > read and cheaper else kept

    def _rewritten(
        self,
        kept: View,
        changeable: Collection[int],
        see: Callable[[Treated], View],
        *,
        rates: Rates,
        now: float,
    ) -> tuple[View, Rewriting | None]:
        """The view with what has gone stale as excerpts, where that pays; else the view itself."""
        treated = kept.treated
        past = outdated(kept.talk.messages, kept.tokens)
        stale = kept.shrinking({i: read for i, read in past.items() if i in changeable})
        if not stale and not treated.whole:
            return kept, None
        carried = sum(stale.values())
        read = self._ours.read(kept.sent, now)
        units = kept.sent.units(read, rates)
        first = min((*stale, *treated.whole))
        held = min(self._ours.read(kept.sent.until(first), now), read)
        # What stands in no request may stand after it in the cache, and be written anew too.
        lost = (rates.write - rates.read) * treated.purse.unseen if held < read else 0.0
        loss = kept.sent.without(carried).units(held, rates) + lost - units
        if loss > 0:
            treated = replace(treated, regret=treated.regret + rates.read * carried)
            saved = treated.purse.saved
            if carried < WORTH or not repays(loss, regret=treated.regret, saved=saved):
                return replace(kept, treated=treated), None
        anew = Treated(
            stale=treated.stale | stale.keys(),
            purse=treated.purse,
            referring=0 if kept.talk.clears else ALL,
            alone=treated.alone,
        )
        found = see(anew)
        after = found.sent.units(self._ours.read(found.sent, now), rates) + lost
        left_out = kept.sent.tokens - found.sent.tokens
        # The sums so far were estimates: what nothing refers to any more had to be shown again.
        pays = after <= units or repays(
            after - units, regret=treated.regret, saved=treated.purse.saved
        )
        if not pays or left_out < WORTH or _uncached(found.sent, kept.sent, rates):
            # Tried in vain; not again before carrying it on has cost as much once more.
            return replace(kept, treated=replace(treated, regret=0.0)), None
        why = "lapsed" if held >= read else "cheaper" if after <= units else "repays"
        return found, Rewriting(why, left_out, units, after, treated.purse.saved)


def _risked(forwarding: Forwarding) -> float:
    """What its rewriting is expected to cost, of what the conversation has saved."""
    rewriting = forwarding.rewriting
    return max(rewriting.rewritten - rewriting.kept, 0.0) if rewriting else 0.0


def _nothing() -> None:
    """Nothing was noted."""


def _uncached(shorter: Sent, longer: Sent, rates: Rates) -> bool:
    """Whether what is shorter may be too short to be cached, and so dearer with every further
    call; also where what is longer is too short as yet, for it would be cached sooner."""
    return shorter.too_short and shorter.tokens > rates.read * longer.tokens


def _as_it_came(came: Read, outcome: Outcome, why: str, trace: Trace | None = None) -> Forwarding:
    talk, tokens = came.talk, came.sent.tokens
    alone = _alone(talk, ())
    return Forwarding(talk.raw, outcome, why, talk.model, tokens, tokens, trace=trace, alone=alone)


def _made_smaller(
    chosen: View, trace: Trace, told: Iterable[Emission], rewriting: Rewriting | None, why: str
) -> Forwarding:
    """told: what was changed by this request, not by those before it."""
    talk = chosen.talk
    return Forwarding(
        body=splice(talk, {e.index: e.literal for e in chosen.emissions}),
        outcome=Outcome.OPTIMIZED,
        why=why,
        model=talk.model,
        direct_tokens=trace.direct.tokens,
        sent_tokens=trace.sent.tokens,
        changes=tuple(change(e, talk.messages[e.index].text) for e in told),
        alone=_alone(talk, chosen.emissions),
        rewriting=rewriting,
        trace=trace,
    )


def _alone(talk: Conversation, emissions: Iterable[Emission]) -> dict[bytes, Emission | None]:
    """What `Forwarding.alone` says."""
    if not talk.continues:
        return {}
    shown = {one.index: one for one in emissions}
    results = (i for i, one in enumerate(talk.messages) if one.role is Role.TOOL_RESULT)
    return {talk.digests[i]: shown.get(i) for i in results}


def _never_sent(came: Read, changeable: Collection[int]) -> tuple[int, Treated]:
    """The last message that others sent, and the treatment, of a conversation that was never seen:
    its past may be in the provider's cache as it came, sent by the tool itself a moment ago."""
    if not (came.sent.automatic or came.sent.breakpoints):
        return -1, Treated()
    past = frozenset(i for i in changeable if i < came.answered)
    return came.answered - 1, Treated(whole=past)
