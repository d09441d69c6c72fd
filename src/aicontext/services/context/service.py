"""The verbs: analyze, predict, optimize, compress, retrieve."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from aicontext.domain.context import Ask, Count, Source
from aicontext.domain.errors import InvalidInput
from aicontext.domain.messages import Message, Role
from aicontext.domain.optimization import (
    Analysis,
    BlockReport,
    Optimization,
    OptimizationStep,
)
from aicontext.domain.usage import Forecast, TokenCount
from aicontext.engine.compress.forms.conversation import Conversation, write
from aicontext.engine.compress.session import SessionMemo
from aicontext.engine.estimate.catalogue import model
from aicontext.engine.estimate.counter import counter, estimate
from aicontext.engine.estimate.forecast import forecast
from aicontext.engine.plan import fit
from aicontext.engine.quality.score import together
from aicontext.ports.models import Models
from aicontext.ports.secrets import Secrets
from aicontext.ports.stores.archive import Archive
from aicontext.services.context import blocks, retrieval
from aicontext.services.context.blocks import Block, Progress
from aicontext.services.context.compaction import compacted
from aicontext.services.context.originals import Originals
from aicontext.services.context.source import ENCODING, ERRORS, conversation, decoded, join
from aicontext.services.context.target import Target

MEMOS = 8
"""Pairs of vocabulary and query whose sessions are remembered."""


class ContextService:
    """The Context Optimization service over one archive."""

    def __init__(
        self,
        archive: Archive,
        secrets: Secrets,
        default_model: str,
        models: Models | None = None,
        *,
        memory: int = 56_000_000,
    ) -> None:
        """models: the model that writes summaries, if there is one. memory: bytes of sessions that
        are remembered for each pair of vocabulary and query."""
        self._archive = archive
        self._originals: Originals[str] = Originals(archive)
        self._secrets = secrets
        self._models = models
        self._default_model = default_model
        self._memory = memory
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
        talk, warnings = conversation(sources)
        target = self._target(model_name or (talk.model if talk else ""))
        if talk is None:
            found = _of_texts(sources, Ask(query=query), target.count, budget, progress)
            kept, failed = self._archived(found)
            content = blocks.joined(kept)
        else:
            if budget is None:
                kept, failed = self._monotone(talk, target, query)
            else:
                found = blocks.within_budget(talk, query, target.count, budget, progress)
                kept, failed = self._archived(found)
            changed = {b.index: b.shown.rendition.text for b in kept if b.changed}
            content = decoded(write(talk, changed))
        told = (*target.warnings, *warnings, *masked, *failed)
        asked = bool(query) or budget is not None
        return _result(content, kept, target, told, asked=asked)

    def compress(
        self,
        sources: tuple[Source, ...],
        budget: int,
        model_name: str = "",
        *,
        ask: Ask | None = None,
        keep: bool = True,
        summary: bool = False,
        redact: bool = False,
    ) -> Optimization:
        """One text of at most `budget` tokens, whatever came in; a session is compacted.

        keep: archive the original and end in the mark that fetches it. summary: let a model say of
        a session what the excerpts cannot; the excerpts alone, with a warning, where it fails.
        redact: mask secrets first. Raises BudgetTooSmall.
        """
        masked: tuple[str, ...] = ()
        if redact:
            sources, masked = self._redacted(sources)
        talk, warnings = conversation(sources)
        target = self._target(model_name or (talk.model if talk else ""))
        told = (*target.warnings, *warnings, *masked)
        if talk:
            return compacted(talk, target, budget, self._models, summary=summary, told=told)
        if summary:
            told = (*told, "Only sessions get a summary; this is a text.")
        original = join([(s.path, decoded(s.payload)) for s in sources])
        path = sources[0].path if len(sources) == 1 else ""
        asked = replace(ask or Ask(), path=path)
        shown = fit(original, asked, budget, target.count, marked=keep)
        if keep and shown.handle:
            lost, why = self._originals.keep({shown.handle: original})
            if lost:
                shown = fit(original, asked, budget, target.count, marked=False)
                why += " So no mark leads to the original."
            told = (*told, why) if why else told
        block = Block(0, path or "input", original, shown)
        return _result(shown.rendition.text, [block], target, told, asked=True)

    def analyze(
        self, sources: tuple[Source, ...], model_name: str = "", *, query: str = ""
    ) -> Analysis:
        """Structure, tokens by block, and how far each could safely be reduced."""
        talk, warnings = conversation(sources)
        target = self._target(model_name or (talk.model if talk else ""))
        if talk:
            found = blocks.of_conversation(talk, "", target.count, self._memo(target, ""))
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
            warnings=(*target.warnings, *warnings),
        )

    def estimate(self, text: str, model_name: str = "") -> TokenCount:
        """Tokens of a text, with a 90 % interval where the model's vocabulary is closed."""
        return estimate(text, model_name or self._default_model)

    def predict(
        self, sources: tuple[Source, ...], model_name: str = "", *, query: str = ""
    ) -> Forecast:
        """Tokens, money and turns to come, each with an interval."""
        talk, warnings = conversation(sources)
        if talk:
            messages = talk.messages
        else:
            messages = tuple(Message(Role.USER, decoded(source.payload)) for source in sources)
        if query:
            messages = (*messages, Message(Role.USER, query))
        asked = model_name or (talk.model if talk else "")
        found = forecast(messages, asked or self._default_model)
        return replace(found, warnings=(*found.warnings, *warnings))

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

    def _monotone(
        self, talk: Conversation, target: Target, query: str
    ) -> tuple[list[Block], tuple[str, ...]]:
        """A session's blocks, their originals kept; whole those whose originals could not be.

        The others are then shown anew beside them, since references tell what really goes out.
        """
        memo, whole = self._memo(target, query), set(self._originals.refused)
        found = blocks.of_conversation(talk, query, target.count, memo, whole)
        lost, why = self._originals.keep(_lossy(found))
        amount = len(lost)
        while lost:
            whole |= lost
            found = blocks.of_conversation(talk, query, target.count, memo, whole)
            lost = self._originals.lost(_lossy(found))
            amount += len(lost)
        return found, _failed(why, amount)

    def _memo(self, target: Target, query: str) -> SessionMemo:
        """What is known of sessions for these counts and this query."""
        key, values = (target.model.family, query), self._memory // 7
        # Other threads do the same: each step is one operation, and a memo lost costs only time.
        memo = self._memos.pop(key, None) or SessionMemo(values, self._memory - values)
        self._memos[key] = memo
        with suppress(KeyError):
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
        return tuple(clean), (f"Secrets masked: {words}." if found else "No secret was found.",)

    def _archived(self, found: list[Block]) -> tuple[list[Block], tuple[str, ...]]:
        """The blocks with their originals safely kept; those that could not be, as they came."""
        lost, why = self._originals.keep(_lossy(found))
        kept = [b.unchanged() if b.shown.handle in lost else b for b in found]
        return kept, _failed(why, len(lost))


def _lossy(found: Sequence[Block]) -> dict[str, str]:
    """The originals of the blocks that have something left out, by handle."""
    return {block.shown.handle: block.text for block in found if block.shown.handle}


def _failed(why: str, lost: int) -> tuple[str, ...]:
    """A warning where the archive failed. lost: how many originals it could not keep."""
    if not why:
        return ()
    if not lost:
        return (f"{why} What is left out was archived before.",)
    return (f"{why} Nothing was left out of {lost} block{'s' * (lost > 1)} that needed it.",)


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
    content: str,
    found: list[Block],
    target: Target,
    warnings: tuple[str, ...],
    *,
    asked: bool,
) -> Optimization:
    before = sum(block.shown.original_tokens for block in found)
    after = sum(block.shown.tokens for block in found)
    return Optimization(
        content=content,
        model=target.model.id,
        original_tokens=before,
        optimized_tokens=after,
        quality_score=together([block.shown.quality for block in found], asked=asked),
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
