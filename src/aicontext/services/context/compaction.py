"""A session rewritten as one text, where asked for with a model's summary."""

from __future__ import annotations

from aicontext.domain.context import Kind, Level
from aicontext.domain.errors import BudgetTooSmall, Unavailable
from aicontext.domain.optimization import Optimization, OptimizationStep
from aicontext.engine.compress.compact import TASK, Compaction, Summary, compact, grounded
from aicontext.engine.compress.forms.conversation import Conversation
from aicontext.engine.quality.score import Signs, score
from aicontext.ports.models import ANSWER, MATERIAL, Models
from aicontext.services.context.target import Target

WORDS = 0.6
"""Words for each token of the room that a summary has."""


def compacted(
    talk: Conversation,
    target: Target,
    budget: int,
    models: Models | None,
    *,
    summary: bool = False,
    told: tuple[str, ...] = (),
) -> Optimization:
    """The session as excerpts, after a model's summary where that is asked for.

    With one more warning the excerpts alone, where the model fails or writes nothing that fits and
    that the session bears out. told: warnings so far. Raises BudgetTooSmall.
    """
    said, why = _summary(talk, target, budget, models) if summary else (None, "")
    if said and not said.lines(budget, target.count):
        why = f"{said.model} wrote nothing that fits and that the session bears out."
        said = None
    try:
        found = compact(talk.messages, budget, target.count, said)
    except BudgetTooSmall:
        if said is None:
            raise
        said, why = None, "the budget does not hold both."
        found = compact(talk.messages, budget, target.count)
    if why:
        told = (*told, f"Excerpts without a summary: {why}")
    return _result(talk, target, found, said, told)


def _summary(
    talk: Conversation, target: Target, budget: int, models: Models | None
) -> tuple[Summary | None, str]:
    """What a model says of the session, or why there is nothing."""
    if models is None:
        return None, "no model is set. Set AICONTEXT_MODELS_URL and AICONTEXT_MODELS_NAME."
    try:
        material = compact(talk.messages, max(MATERIAL, budget), target.count).text
        task = TASK.format(words=max(20, int(WORDS * Summary.room(budget))))
        answer = models.complete(task, material, ANSWER)
    except (BudgetTooSmall, Unavailable) as error:
        return None, str(error)
    return grounded(answer.text, answer.model, talk.messages, whole=answer.whole), ""


def _result(
    talk: Conversation,
    target: Target,
    found: Compaction,
    summary: Summary | None,
    told: tuple[str, ...],
) -> Optimization:
    before = sum(target.count(message.text) for message in talk.messages)
    shown = sum(share.shown for share in found.shares)
    lines = sum(share.lines for share in found.shares)
    share = found.tokens / max(before, 1)
    quality = score(
        Signs(Kind.CHAT, Level.EXCERPT, lines, lines - shown, share, before, session=True)
    )
    why = f"{shown:,} of {lines:,} lines, {found.files[0]} of {found.files[1]} files"
    step = OptimizationStep(
        block=0,
        source=f"{talk.form}, {len(talk.messages)} messages",
        kind=Kind.CHAT,
        level=Level.EXCERPT,
        original_tokens=before,
        optimized_tokens=found.tokens,
        quality=quality,
        why=f"compacted to {why}: requests, last error, plan, and what is likely used next"
        + (f"; a summary by {summary.model} before them" if summary else ""),
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
        warnings=told,
    )
