"""Several services in one process."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from dataclasses import dataclass, field

import pytest

from aicontext.kit import services as running
from aicontext.kit.services import serve


@dataclass
class Service:
    """Writes down what is done with it. patience: seconds that its end takes."""

    address: str
    done: list[str]
    fails: bool = False
    patience: float = 0.0
    cut: threading.Event = field(default_factory=threading.Event)

    async def start(self) -> Service:
        if self.fails:
            raise OSError("taken")
        self.done.append(f"start {self.address}")
        return self

    async def stop(self) -> None:
        for _ in range(int(self.patience * 100)):
            if self.cut.is_set():
                break
            await asyncio.sleep(0.01)
        self.done.append(f"stop {self.address}")

    def hasten(self) -> None:
        self.done.append(f"hasten {self.address}")
        self.cut.set()


@dataclass
class Told:
    done: list[str]
    signals: int = 1

    def ready(self, service: str, address: str) -> None:
        self.done.append(f"{service} at {address}")
        os.kill(os.getpid(), signal.SIGTERM)

    def draining(self) -> None:
        self.done.append("draining")
        if self.signals > 1:
            os.kill(os.getpid(), signal.SIGINT)


def test_one_that_cannot_start_ends_those_before_it() -> None:
    done: list[str] = []
    services = {"a": Service("x", done), "b": Service("y", done, fails=True)}
    with pytest.raises(OSError, match="taken"):
        serve(services, Told(done))
    assert done == ["start x", "stop x"]


@pytest.mark.parametrize("signals", [1, 2])
def test_all_end_at_a_signal_and_at_once_at_the_second(signals: int) -> None:
    done: list[str] = []
    serve({"a": Service("x", done, patience=0.5 if signals == 1 else 60)}, Told(done, signals))
    assert done == [
        "start x",
        "a at x",
        "draining",
        *["hasten x"] * (signals - 1),
        "stop x",
    ]


def test_an_end_that_takes_no_time_needs_no_words() -> None:
    done: list[str] = []
    serve({"a": Service("x", done)}, Told(done))
    assert done == ["start x", "a at x", "stop x"]


def test_memory_that_work_left_goes_back_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []
    monkeypatch.setattr(running, "give_back", lambda: given.append(time.process_time()))
    monkeypatch.setattr(running, "_TIDY", 0.02)
    done: list[str] = []

    def work() -> None:
        end = time.monotonic() + 10
        while not given and time.monotonic() < end:
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    class Busy(Told):
        def ready(self, service: str, address: str) -> None:
            threading.Thread(target=work).start()

    serve({"a": Service("a", done)}, Busy(done))
    assert given
