"""Work that is done once for each key, also where threads ask for it at the same time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from threading import RLock
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def once_each(make: Callable[[Key], Value]) -> Callable[[Key], Value]:
    """`make`, its results kept for good. The others wait for the one that makes; after an error the
    next one tries again. `functools.cache` lets threads make the same thing side by side."""
    made: dict[Key, Value] = {}
    lock = RLock()

    @wraps(make)
    def known(key: Key) -> Value:
        if key not in made:
            with lock:
                if key not in made:
                    made[key] = make(key)
        return made[key]

    return known
