"""Threads that ask for the same thing at once get one thing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from aicontext.kit.threads.once import once_each


def test_threads_that_ask_at_once_get_what_was_made_once() -> None:
    all_there = Barrier(8)
    made: list[str] = []

    @once_each
    def make(key: str) -> object:
        time.sleep(0.02)  # Long enough for all to ask meanwhile.
        made.append(key)
        return object()

    def ask(_: int) -> object:
        all_there.wait()
        return make("one")

    with ThreadPoolExecutor(8) as threads:
        assert len({id(found) for found in threads.map(ask, range(8))}) == 1
    assert made == ["one"]
    assert make("other") is not make("one")


def test_after_an_error_the_next_one_tries_again() -> None:
    tries: list[int] = []

    @once_each
    def make(key: int) -> int:
        tries.append(key)
        if len(tries) == 1:
            raise ValueError("not yet")
        return key

    with pytest.raises(ValueError, match="not yet"):
        make(1)
    assert make(1) == 1
    assert tries == [1, 1]
