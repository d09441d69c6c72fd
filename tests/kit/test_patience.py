"""Work that is waited for only so long."""

from threading import Event

import pytest

from aicontext.kit.patience import within


def test_work_in_time_gives_its_result_or_its_error() -> None:
    assert within(60, lambda: 7) == 7
    with pytest.raises(KeyError):
        within(60, lambda: {}[1])


def test_work_that_takes_longer_is_left() -> None:
    over = Event()
    with pytest.raises(TimeoutError):
        within(0.01, over.wait)
    over.set()
