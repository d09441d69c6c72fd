"""A sample by cost says of all what all would say."""

import random

import pytest

from aicontext.domain.transcripts import Transcript
from aicontext.services.analytics.audit.replay import Played
from aicontext.services.analytics.audit.sample import estimated
from aicontext.services.analytics.audit.survey import Weighed


def sessions(count: int, seed: int) -> tuple[list[Weighed], dict[str, float]]:
    """Sessions of skewed cost, and what is saved in each; dear ones save more."""
    rng = random.Random(seed)
    found, shares = [], {}
    for at in range(count):
        cost = rng.lognormvariate(0, 1.5)
        name = f"{seed}-{at}"
        shares[name] = min(0.9, 0.1 + 0.02 * cost + rng.uniform(0, 0.2))
        found.append(Weighed(Transcript("t", "t", name, name, 1, 0), cost))
    return found, shares


def truth(found: list[Weighed], shares: dict[str, float]) -> float:
    whole = sum(one.cost for one in found)
    return sum(shares[one.transcript.session] * one.cost for one in found) / whole


def played(share: float, whole: bool = True) -> Played:
    return Played(10, 100.0, 100.0 * (1 - share), {"code": 1.0}, {"code": share}, whole)


def test_with_time_enough_it_is_exact() -> None:
    found, shares = sessions(12, 1)
    replay = estimated(found, lambda one: played(shares[one.session]), lambda covered: covered < 1)
    assert replay.share == pytest.approx(truth(found, shares), rel=0.02)
    assert replay.saved
    assert replay.saved.low == replay.saved.high


def test_the_range_holds_the_truth_nine_times_of_ten() -> None:
    held = 0
    for seed in range(200):
        found, shares = sessions(300, seed)
        left = iter(range(15))
        replay = estimated(
            found,
            lambda one, shares=shares: played(shares[one.session]),  # type: ignore[misc]
            lambda covered, left=left: next(left, None) is not None,  # type: ignore[misc]
        )
        assert replay.saved
        held += replay.saved.low <= truth(found, shares) <= replay.saved.high
    assert 165 <= held <= 195


def test_too_few_have_no_range() -> None:
    found, shares = sessions(300, 1)
    left = iter([True, True])
    replay = estimated(
        found, lambda one: played(shares[one.session]), lambda covered: next(left, False)
    )
    assert replay.sessions == 2
    assert replay.saved is None


def test_what_was_given_up_halfway_counts_where_there_is_no_other() -> None:
    found, _ = sessions(2, 1)
    names = {found[0].transcript.session: True, found[1].transcript.session: False}

    def play(one: Transcript) -> Played:
        return played(0.5 if names[one.session] else 0.1, whole=names[one.session])

    assert estimated(found, play, lambda covered: True).share == pytest.approx(0.5)
    names = dict.fromkeys(names, False)
    assert estimated(found, play, lambda covered: True).share == pytest.approx(0.1)
    assert estimated(found, lambda one: None, lambda covered: True).sessions == 0
