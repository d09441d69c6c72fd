"""Write-behind: values that are saved a little after they were given."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from threading import Condition, Thread
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class WriteBehind(Generic[Key, Value]):
    """Values are saved together by a thread; of a key the last one counts. Any thread may use it.

    For what may be lost with the process. save: keeps a batch, or drops it; raises nothing.
    seconds: how long the first value of a batch waits for others. name: of the thread.
    """

    def __init__(
        self, save: Callable[[Mapping[Key, Value]], None], seconds: float, name: str
    ) -> None:
        self._save, self._seconds, self._name = save, seconds, name
        self._changed = Condition()
        self._waiting: dict[Key, Value] = {}
        self._saving: Mapping[Key, Value] = {}
        self._thread: Thread | None = None
        self._closing = False

    def put(self, key: Key, value: Value) -> None:
        with self._changed:
            alone = not self._waiting
            self._waiting[key] = value
            if self._thread is None:
                self._closing = False
                self._thread = Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            elif alone:
                self._changed.notify()

    def unsaved(self) -> Mapping[Key, Value]:
        """What is not known to be saved: what is not here is, unless it was dropped."""
        with self._changed:
            return {**self._saving, **self._waiting}

    def close(self, patience: float) -> None:
        """Saves what waits. patience: seconds that it may take."""
        with self._changed:
            thread, self._thread, self._closing = self._thread, None, True
            self._changed.notify()
        if thread is not None:
            thread.join(patience)

    def _work(self) -> None:
        while self._waits():
            with self._changed:
                self._saving, self._waiting = self._waiting, {}
            self._save(self._saving)
            with self._changed:
                self._saving = {}

    def _waits(self) -> bool:
        """Whether values wait, once they did for long enough; False where it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            self._changed.wait_for(lambda: self._closing, self._seconds)
            return bool(self._waiting)
