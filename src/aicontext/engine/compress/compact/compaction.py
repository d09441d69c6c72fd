"""Rewrite a session within a token budget, by excerpts only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.domain.context import Count
from aicontext.domain.errors import BudgetTooSmall
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.compact import foresight, layout
from aicontext.engine.compress.compact.selection import Selection, Worth, merits
from aicontext.engine.compress.compact.session import Session
from aicontext.engine.compress.compact.work import review
from aicontext.engine.condense.marks import OPENING, Marks


@dataclass(frozen=True, slots=True)
class Left:
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Compaction:
    """text: within the budget. kept: what stands in it. left: what does not, and why."""

    text: str
    tokens: int
    kept: tuple[str, ...]
    left: tuple[Left, ...]


WEIGHTS: dict[str, float] = {
    "one": -0.82,
    "count": 0.58,
    "messages": 0.14,
    "near": -0.14,
    "near_fast": 0.18,
    "first": -0.03,
    "user": -0.14,
    "request": 1.81,
    "assistant": -0.52,
    "spoken_last": 0.69,
    "call": -0.08,
    "calls": 0.56,
    "edit": -0.39,
    "edits": -0.27,
    "sighted_file": 0.0,
    "command": 0.09,
    "result": -0.71,
    "crowd": -0.4,
    "line_crowd": 0.22,
    "path": -0.47,
    "hash": -1.79,
    "defined": 0.14,
    "deep": -0.18,
    "long": 0.11,
    "plan": 0.07,
    "error": 0.04,
    "edited_file": 0.08,
    "path_call": 0.4,
}


def probabilities(rows):
    w = [WEIGHTS.get(n, 0.0) for n in foresight.FEATURES]
    return [1 / (1 + math.exp(-sum(a * b for a, b in zip(w, r, strict=False)))) for r in rows]


P = {"requests": 0.3, "last": 0.08, "error": 0.08, "plan": 0.1, "files": 0.1}


def compact(messages: Sequence[Message], budget: int, count: Count) -> Compaction:
    session = Session.of(messages)
    work = review(messages, session.calls)
    seen = foresight.sight(session)
    value = probabilities(foresight.features(session, seen, work))
    sel = Selection(session, Worth(seen.lines, value, merits(session)), count)
    marks = Marks.of(OPENING if any(OPENING in t for t in session.texts) else "")
    fixed = []
    plan = layout.plan(work)

    def cut(lines, most):
        out, used = [], 0
        for l in lines:
            used += count(l) + 1
            if used > most:
                break
            out.append(l)
        return out

    plan = cut(plan, budget * P["plan"])
    if plan:
        fixed += ["## Plan", *plan]
    fs = cut(layout.files(work, 40), budget * P["files"])
    if fs:
        fixed += ["## Files", *fs]
    sel.used = count("\n".join(fixed)) + 20
    seed(session, work, sel, budget)
    sel.fill(budget)
    lo, hi = 0, len(sel.order)

    def text(k):
        ch = sel.order[:k]
        parts = []
        req = layout.excerpts(session, ch, marks, of={Role.USER})
        if req:
            parts += ["## Requests", *req]
        parts += fixed
        ex = layout.excerpts(session, ch, marks, of=set(Role) - {Role.USER})
        if ex:
            parts += ["## Excerpts", *ex]
        return "\n".join(parts)

    while lo < hi:
        mid = (lo + hi + 1) // 2
        if count(text(mid)) <= budget:
            lo = mid
        else:
            hi = mid - 1
    t = text(lo)
    if count(t) > budget:
        raise BudgetTooSmall("too small")
    return Compaction(t, count(t), (), ())


def seed(session, work, sel, budget):
    def grow(lines, most):
        used = 0
        for l in lines:
            c = sel.price([l])
            if used + c > most:
                return
            sel.take([l])
            used += c

    users = [n for n, m in enumerate(session.messages) if m.role is Role.USER]
    left = budget * P["requests"]
    for n in reversed(users):
        a, b = session.spans[n]
        before = sel.used
        grow(range(a, b), left / 2 if len(users) > 1 else left)
        left -= sel.used - before
    spoken = [n for n, m in enumerate(session.messages) if m.role is Role.ASSISTANT]
    if spoken:
        grow(range(*session.spans[spoken[-1]]), budget * P["last"])
    if work.failed >= 0:
        a, b = session.spans[work.failed]
        last = min(b - 1, a + work.errors[-1] + 2)
        first = max(a, a + (work.errors[-4:] or [0])[0] - 1)
        grow(range(last, first - 1, -1), budget * P["error"])
