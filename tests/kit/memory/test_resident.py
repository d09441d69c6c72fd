import threading

import pytest

from aicontext.kit.memory.resident import Resident


def test_the_ones_used_last_stay() -> None:
    told: list[str] = []
    resident = Resident(2, lambda one: told.append(f"+{one}"), lambda one: told.append(f"-{one}"))
    for one in "aabacaba":
        resident.use(one)
    assert told == ["+a", "+b", "-b", "+c", "-c", "+b"]


def test_it_tells_whether_one_is_being_loaded() -> None:
    turns: list[int] = []

    def load(one: str) -> None:
        turns.append(resident.turns)
        if one == "b":
            raise OSError("gone")

    resident = Resident(1, load, lambda one: None)
    resident.use("a")
    with pytest.raises(OSError, match="gone"):
        resident.use("b")
    assert (turns, resident.turns) == ([1, 3], 4)


def test_threads_that_come_at_once_load_a_thing_once() -> None:
    told, begin = [], threading.Barrier(8)

    def load(one: str) -> None:
        told.append(one)

    resident = Resident(1, load, told.remove)

    def use() -> None:
        begin.wait()
        resident.use("a")

    threads = [threading.Thread(target=use) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert told == ["a"]
