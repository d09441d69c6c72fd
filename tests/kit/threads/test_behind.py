import threading
from collections.abc import Callable, Iterator, Mapping

import pytest

from aicontext.kit.threads.behind import WriteBehind

Make = Callable[[float], WriteBehind[str, int]]


class Saves:
    """What was saved, batch by batch, each once `go` is set."""

    def __init__(self) -> None:
        self.batches: list[Mapping[str, int]] = []
        self.begun, self.go, self.done = (threading.Event() for _ in range(3))
        self.go.set()

    def __call__(self, batch: Mapping[str, int]) -> None:
        self.begun.set()
        assert self.go.wait(20)
        self.batches.append(dict(batch))
        self.done.set()


@pytest.fixture
def saves() -> Saves:
    return Saves()


@pytest.fixture
def make(saves: Saves) -> Iterator[Make]:
    made: list[WriteBehind[str, int]] = []

    def one(seconds: float) -> WriteBehind[str, int]:
        made.append(WriteBehind(saves, seconds, "behind"))
        return made[-1]

    yield one
    for each in made:
        each.close(20)


def test_values_are_saved_together_and_the_last_one_counts(saves: Saves, make: Make) -> None:
    writes = make(0.2)
    for key, value in (("a", 1), ("b", 2), ("a", 3)):
        writes.put(key, value)
    assert writes.unsaved() == {"a": 3, "b": 2}
    assert saves.done.wait(20)
    assert saves.batches == [{"a": 3, "b": 2}]


def test_the_end_saves_what_waits_and_it_can_be_used_again(saves: Saves, make: Make) -> None:
    writes = make(60)
    for value in (1, 2):
        writes.put("a", value)
        writes.close(20)
        writes.close(20)
        assert not writes.unsaved()
    assert saves.batches == [{"a": 1}, {"a": 2}]


def test_what_is_being_saved_is_told_and_a_newer_value_of_it_is_saved_too(
    saves: Saves, make: Make
) -> None:
    saves.go.clear()
    writes = make(0)
    writes.put("a", 1)
    assert saves.begun.wait(20)
    assert writes.unsaved() == {"a": 1}
    writes.put("a", 2)
    assert writes.unsaved() == {"a": 2}
    saves.go.set()
    writes.close(20)
    assert saves.batches == [{"a": 1}, {"a": 2}]
