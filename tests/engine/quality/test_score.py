"""The score's range, order and ends. How reliable it is benchmarks/calibration measures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.context import Evidence, Kind, Level
from aicontext.engine.quality.score import Signs, features, score, together
from aicontext.engine.quality.statements import ASKED


@pytest.mark.parametrize("level", [Level.FULL, Level.LOSSLESS])
def test_exact_renditions_keep_everything(level: Level) -> None:
    assert score(Signs(Kind.LOG, level, 3, 3, 0.1)) == 1.0


def test_a_reference_shows_nothing() -> None:
    assert score(Signs(Kind.LOG, Level.REFERENCE, 3, 3, 0.1)) == 0.0


@given(
    st.sampled_from(Kind),
    st.sampled_from(Level),
    st.integers(0, 500),
    st.floats(0, 1),
    st.floats(0, 2),
    st.integers(0, 10**7),
    st.booleans(),
)
def test_always_a_probability(
    kind: Kind, level: Level, needed: int, lost: float, share: float, size: int, session: bool
) -> None:
    signs = Signs(kind, level, needed, int(lost * needed), share, size, session=session)
    assert 0.0 <= score(signs) <= 1.0


@pytest.mark.parametrize("kind", [Kind.TEST, Kind.CODE, Kind.JSON, Kind.LOG, Kind.PROSE])
def test_showing_less_and_losing_evidence_costs(kind: Kind) -> None:
    kept = Signs(kind, Level.EXCERPT, 10, 0, 0.6, 4_000)
    assert score(Signs(kind, Level.EXCERPT, 10, 9, 0.05, 4_000)) < score(kept)


def test_signs_count_what_was_asked_for() -> None:
    needed = (Evidence("line", ("a",)), Evidence(ASKED, ("b",)), Evidence(ASKED, ("c",)))
    signs = Signs.of(Kind.LOG, Level.EXCERPT, needed, needed[1:2], tokens=50, size=200)
    assert (signs.needed, signs.lost, signs.asked, signs.unanswered) == (3, 1, 2, 1)
    assert signs.share == 0.25
    assert len(features(signs)) == 15


def test_a_block_that_is_asked_for_counts_in_full_and_others_by_how_often_they_matter() -> None:
    assert together([], asked=True) == 1.0
    assert together([0.7], asked=True) == 0.7
    assert 0.7 < together([0.7], asked=False) < 1.0
    assert together([1.0, 1.0, 1.0], asked=False) == 1.0
    assert 0.5 * 0.5 < together([0.5, 0.5], asked=True) < 1.0
    assert together([0.5] * 4, asked=False) < together([0.5] * 2, asked=False)
