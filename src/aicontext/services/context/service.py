"""The verbs: analyze, predict, optimize, compress, retrieve."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, replace

from aicontext.domain.context import Ask, Count, Kind, Level, Source
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.messages import Message, Role
from aicontext.domain.optimization import (
    Analysis,
    BlockReport,
    Cost,
    Optimization,
    OptimizationStep,
)
from aicontext.domain.usage import Forecast, Model, TokenCount
from aicontext.engine.compress.compact import compact
from aicontext.engine.compress.forms.conversation import Conversation, write
from aicontext.engine.compress.session import SessionMemo
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import counter, estimate
from aicontext.engine.estimate.forecast import forecast
from aicontext.engine.plan import fit
from aicontext.engine.quality.score import Signs, score, together
from aicontext.ports.archive import Archive
from aicontext.ports.secrets import Secrets
from aicontext.services.context import blocks, retrieval
from aicontext.services.context.blocks import Block, Progress
from aicontext.services.context.source import ENCODING, ERRORS, conversation, decoded, join

MEMOS = 8
"""Pairs of vocabulary and query whose sessions are remembered."""


@dataclass(frozen=True, slots=True)
class Target:
    """The model that a context is for. exact: its counts come from its own vocabulary."""

    model: Model
    count: Count
    exact: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        if self.model.known:
            return ()
        return (f"The model {self.model.id!r} is not in the catalogue: its tokens are a guess.",)

    def cost(self, before: int, after: int) -> Cost | None:
        """What sending these input tokens once costs, nothing cached."""
        old, new = self.model.prices_at(before), self.model.prices_at(after)
        if old is None or new is None:
            return None
        return Cost(before * old.input / 1e6, after * new.input / 1e6)


class ContextService:
    """The Context Optimization service over one archive."""

    def __init__(self, archive: Archive, secrets: Secrets, default_model: str) -> None:
        self._archive = archive
        self._secrets = secrets
        self._default_model = default_model
        self._memos: OrderedDict[tuple[str, str], SessionMemo] = OrderedDict()

    def optimize(
        self,
        sources: tuple[Source, ...],
        model_name: str = "",
        *,
        query: str = "",
        budget: int | None = None,
        redact: bool = False,
        progress: Progress | None = None,
    ) -> Optimization:
        """The context in its own form, made smaller, and every step explained.

        redact: mask secrets first, in the content and in what is archived. Where the archive
        cannot be used, blocks that would need it go out as they came, with a warning. Raises
        BudgetTooSmall where what may not be changed is over the budget already.
        """
        masked: tuple[str, ...] = ()
        if redact:
            sources, masked = self._redacted(sources)
        talk = conversation(sources)
        target = self._target(model_name or (talk.model if talk else ""))
        if talk:
            found = self._of_conversation(
                talk, target, query=query, budget=budget, progress=progress
            )
        else:
            found = _of_texts(sources, Ask(query=query), target.count, budget, progress)
        kept, warnings = self._archived(found)
        if talk:
            changed = {b.index: b.shown.rendition.text for b in kept if b.changed}
            content = decoded(write(talk, changed))
        else:
            content = blocks.joined(kept)
        return _result(content, kept, target, (*target.warnings, *masked, *warnings))

    def compress(
        self,
        sources: tuple[Source, ...],
        budget: int,
        model_name: str = "",
        *,
        ask: Ask | None = None,
        keep: bool = True,
    ) -> Optimization:
        """One text of at most `budget` tokens, whatever came in; a session is compacted.

        keep: archive the original and end in the mark that fetches it. Raises BudgetTooSmall.
        """
        talk = conversation(sources)
        target = self._target(model_name or (talk.model if talk else ""))
        if talk:
            return _compacted(talk, target, budget)
        original = join([(s.path, decoded(s.payload)) for s in sources])
        path = sources[0].path if len(sources) == 1 else ""
        shown = fit(original, replace(ask or Ask(), path=path), budget, target.count, marked=keep)
        block = Block(0, path or "input", original, shown)
        warnings: tuple[str, ...] = ()
        if keep:
            (block,), warnings = self._archived([block])
        return _result(block.shown.rendition.text, [block], target, (*target.warnings, *warnings))

    def analyze(
        self, sources: tuple[Source, ...], model_name: str = "", *, query: str = ""
    ) -> Analysis:
        """Structure, tokens by block, and how far each could safely be reduced."""
        talk = conversation(sources)
        target = self._target(model_name or (talk.model if talk else ""))
        if talk:
            found = self._of_conversation(talk, target)
        else:
            found = _of_texts(sources, Ask(query=query), target.count, None, None)
        reports = tuple(map(_report, found))
        return Analysis(
            form=talk.form if talk else "text",
            model=target.model.id,
            tokens=sum(report.tokens for report in reports),
            reachable_tokens=sum(report.reachable_tokens for report in reports),
            exact=target.exact,
            blocks=reports,
            warnings=target.warnings,
        )

    def estimate(self, text: str, model_name: str = "") -> TokenCount:
        """Tokens of a text, with a 90 % interval where the model's vocabulary is closed."""
        return estimate(text, model_name or self._default_model)

    def predict(
        self, sources: tuple[Source, ...], model_name: str = "", *, query: str = ""
    ) -> Forecast:
        """Tokens, money and turns to come, each with an interval."""
        talk = conversation(sources)
        if talk:
            messages = talk.messages
        else:
            messages = tuple(Message(Role.USER, decoded(source.payload)) for source in sources)
        if query:
            messages = (*messages, Message(Role.USER, query))
        asked = model_name or (talk.model if talk else "")
        return forecast(messages, asked or self._default_model)

    def retrieve(self, handle: str, *, lines: str = "", path: str = "", query: str = "") -> str:
        """An original, whole or its lines, JSON path or query hits; one of these at most."""
        if sum(map(bool, (lines, path, query))) > 1:
            raise InvalidInput("Ask for lines, a path or a query, not for several at once.")
        original = self._archive.get(handle)
        if lines:
            return retrieval.lines(original, lines)
        if path:
            return retrieval.json_path(original, path)
        return retrieval.query(original, query) if query else original

    def _target(self, name: str) -> Target:
        found = model(name or self._default_model)
        return Target(found, counter(found.id), estimate("", found.id).exact)

    def _of_conversation(
        self,
        talk: Conversation,
        target: Target,
        *,
        query: str = "",
        budget: int | None = None,
        progress: Progress | None = None,
    ) -> list[Block]:
        if budget is not None:
            return blocks.within_budget(talk, query, target.count, budget, progress)
        return blocks.of_conversation(talk, query, target.count, self._memo(target, query))

    def _memo(self, target: Target, query: str) -> SessionMemo:
        """What is known of sessions for these counts and this query."""
        key = target.model.family, query
        memo = self._memos.setdefault(key, SessionMemo())
        self._memos.move_to_end(key)
        while len(self._memos) > MEMOS:
            self._memos.popitem(last=False)
        return memo

    def _redacted(self, sources: tuple[Source, ...]) -> tuple[tuple[Source, ...], tuple[str, ...]]:
        """The sources with secrets masked, and a word on what was."""
        found: Counter[str] = Counter()
        clean = []
        for source in sources:
            text, kinds = self._secrets.mask(decoded(source.payload))
            clean.append(replace(source, payload=text.encode(ENCODING, ERRORS)))
            found.update(kinds)
        words = ", ".join(f"{kind} ({times})" for kind, times in sorted(found.items()))
        return tuple(clean), (f"Secrets masked: {words}.",) if found else ()

    def _archived(self, found: list[Block]) -> tuple[list[Block], tuple[str, ...]]:
        """The blocks with their originals safely kept; those that could not be, as they came."""
        lossy = [block for block in found if block.shown.handle]
        if not lossy:
            return found, ()
        try:
            # Those put before too: others may have cleared the archive, or filled it, since.
            self._archive.put(*(block.text for block in lossy))
        except Unavailable as error:
            warning = f"{error} Nothing was left out of {len(lossy)} blocks."
            return [b.unchanged() if b.shown.handle else b for b in found], (warning,)
        return found, ()


def _compacted(talk: Conversation, target: Target, budget: int) -> Optimization:
    before = sum(target.count(message.text) for message in talk.messages)
    found = compact(talk.messages, budget, target.count)
    shown = sum(share.shown for share in found.shares)
    lines = sum(share.lines for share in found.shares)
    share = found.tokens / max(before, 1)
    lost = lines - shown
    quality = score(Signs(Kind.CHAT, Level.EXCERPT, lines, lost, share, before, session=True))
    why = f"{shown:,} of {lines:,} lines, {found.files[0]} of {found.files[1]} files"
    step = OptimizationStep(
        block=0,
        source=f"{talk.form}, {len(talk.messages)} messages",
        kind=Kind.CHAT,
        level=Level.EXCERPT,
        original_tokens=before,
        optimized_tokens=found.tokens,
        quality=quality,
        why=f"compacted to {why}: requests, last error, plan, and what is likely used next",
    )
    return Optimization(
        content=found.text,
        model=target.model.id,
        original_tokens=before,
        optimized_tokens=found.tokens,
        quality_score=quality,
        exact=target.exact,
        optimizations=(step,),
        cost=target.cost(before, found.tokens),
        warnings=target.warnings,
    )


def _of_texts(
    sources: tuple[Source, ...],
    ask: Ask,
    count: Count,
    budget: int | None,
    progress: Progress | None,
) -> list[Block]:
    pairs = [(source.path, decoded(source.payload)) for source in sources]
    if budget is None:
        return blocks.of_texts(pairs, ask, count, progress)
    return blocks.texts_within_budget(pairs, ask, count, budget, progress)


def _result(
    content: str, found: list[Block], target: Target, warnings: tuple[str, ...]
) -> Optimization:
    before = sum(block.shown.original_tokens for block in found)
    after = sum(block.shown.tokens for block in found)
    return Optimization(
        content=content,
        model=target.model.id,
        original_tokens=before,
        optimized_tokens=after,
        quality_score=together([block.shown.quality for block in found]),
        exact=target.exact,
        optimizations=tuple(map(_step, found)),
        cost=target.cost(before, after),
        warnings=warnings,
    )


def _step(block: Block) -> OptimizationStep:
    shown = block.shown
    return OptimizationStep(
        block=block.index,
        source=block.source or "input",
        kind=shown.kind,
        level=shown.rendition.level,
        original_tokens=shown.original_tokens,
        optimized_tokens=shown.tokens,
        quality=shown.quality,
        why=shown.rendition.why,
        handle=shown.handle,
    )


def _report(block: Block) -> BlockReport:
    shown = block.shown
    return BlockReport(
        block=block.index,
        source=block.source or "input",
        kind=shown.kind,
        tokens=shown.original_tokens,
        reachable_tokens=shown.tokens,
        level=shown.rendition.level,
        why=shown.rendition.why,
    )
