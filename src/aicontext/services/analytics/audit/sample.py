"""Sessions drawn by what they cost, and what they say of all.

Drawn with replacement and with odds in proportion to cost, the mean of the sessions' shares is an
unbiased estimate of the share of all together (Hansen & Hurwitz 1943); its spread gives the range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import shake_256
from math import sqrt
from statistics import NormalDist, median_low, stdev

from aicontext.domain.transcripts import Transcript
from aicontext.domain.usage import Interval
from aicontext.services.analytics.audit.findings import Replay, Share
from aicontext.services.analytics.audit.replay import Played
from aicontext.services.analytics.audit.survey import Weighed

DRAWS = 1000
LEAST = 5
"""Draws that a range takes at least."""

WHOLE = 0.99
"""Part of the cost from which on what was replayed counts as all."""

Play = Callable[[Transcript], Played | None]


def estimated(sessions: Sequence[Weighed], play: Play, going: Callable[[float], bool]) -> Replay:
    """What replaying says. going: asked before each replay, with the part of the cost that is
    covered, whether there is time for one more."""
    whole = sum(one.cost for one in sessions)
    played: dict[int, Played | None] = {}
    draws: list[int] = []
    covered = 0.0
    for at in _draws(sessions, whole):
        if at not in played:
            if not going(covered):
                break
            played[at] = play(sessions[at].transcript)
            covered += sessions[at].cost / whole
        draws.append(at)
    done = {at: one for at, one in played.items() if one is not None}
    if any(one.whole for one in done.values()):
        # What was given up halfway has saved less than it would have.
        done = {at: one for at, one in done.items() if one.whole}
    drawn = [done[at] for at in draws if at in done]
    if not drawn:
        return Replay(of=len(sessions))
    if covered >= WHOLE:
        together = sum(sessions[at].cost for at in done)
        shares = [(one, sessions[at].cost / together) for at, one in done.items()]
    else:
        shares = [(one, 1 / len(drawn)) for one in drawn]
    share = sum(weight * one.share for one, weight in shares)
    saved = Interval(share, share, share) if covered >= WHOLE else _range(share, drawn)
    kinds = _weighted([(one.shares(one.kinds), weight) for one, weight in shares])
    less = _weighted([(one.shares(one.saved), weight) for one, weight in shares])
    order = sorted(kinds, key=lambda kind: -kinds[kind])
    return Replay(
        sessions=len(done),
        of=len(sessions),
        covered=covered,
        calls=sum(one.calls for one in done.values()),
        share=share,
        saved=saved,
        kinds={kind: Share(kinds[kind], less.get(kind, 0.0)) for kind in order},
        stale=max(share - sum(less.values()), 0.0),
        preludes=_preludes((sessions[at].transcript.tool, one) for at, one in done.items()),
    )


def _preludes(played: Iterable[tuple[str, Played]]) -> dict[str, int]:
    """The median by tool."""
    found: dict[str, list[int]] = {}
    for tool, one in played:
        found.setdefault(tool, []).append(one.prelude)
    return {tool: median_low(tokens) for tool, tokens in found.items()}


def _draws(sessions: Sequence[Weighed], whole: float) -> Iterator[int]:
    """Indices of sessions; the same ones for the same sessions."""
    seed = "\n".join(one.transcript.session for one in sessions).encode()
    numbers = memoryview(shake_256(seed).digest(8 * DRAWS)).cast("Q")
    for number in numbers:
        place, at = number / 2**64 * whole, 0
        while at < len(sessions) - 1 and place >= sessions[at].cost:
            place -= sessions[at].cost
            at += 1
        yield at


def _range(share: float, drawn: Sequence[Played]) -> Interval | None:
    if len(drawn) < LEAST:
        return None
    error = _quantile(len(drawn) - 1) * stdev(one.share for one in drawn) / sqrt(len(drawn))
    return Interval(share, share - error, min(share + error, 1.0))


def _quantile(freedom: int) -> float:
    """Student's t, exceeded once in 20 (Abramowitz & Stegun 26.7.5)."""
    z = NormalDist().inv_cdf(0.95)
    second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return z + (z**3 + z) / (4 * freedom) + second


def _weighted(shares: Sequence[tuple[dict[str, float], float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for one, weight in shares:
        for kind, share in one.items():
            found[kind] = found.get(kind, 0.0) + weight * share
    return found
