"""Long-running parts of a process, in one event loop until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from importlib import import_module
from time import process_time
from typing import Protocol

from aicontext.kit.memory.unused import give_back

_SWITCH = 0.001
"""Seconds that a thread keeps the interpreter while the loop waits for it."""

_TIDY = 5.0
"""Seconds after which memory that calls took and left goes back, where there was work: it is
scattered among what stays, and the C library keeps it."""

_WORK = 0.1
"""CPU seconds that count as work."""

_SOON = 0.2
"""Seconds in which an end needs no words."""


class Running(Protocol):
    """A service that listens."""

    @property
    def address(self) -> str: ...

    async def stop(self) -> None:
        """Takes no new calls, lets those under way finish for a while, and ends."""

    def hasten(self) -> None:
        """Cuts what `stop` waits for."""


class Service(Protocol):
    async def start(self) -> Running:
        """Raises what keeps it from listening; then nothing of it is left."""


class Told(Protocol):
    """Who is told how it goes."""

    def ready(self, service: str, address: str) -> None:
        """Of each service once all listen."""

    def draining(self) -> None:
        """At the end, where calls are still under way."""


def serve(services: Mapping[str, Service], told: Told) -> None:
    """Runs the services until SIGINT or SIGTERM; the second one of these cuts off what the first
    one waits for."""
    sys.setswitchinterval(_SWITCH)
    _many_connections()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_served(services, told))


async def _served(services: Mapping[str, Service], told: Told) -> None:
    signals: asyncio.Queue[None] = asyncio.Queue()
    async with AsyncExitStack() as stack:
        running: dict[str, Running] = {}
        for name, service in services.items():
            running[name] = await service.start()
            stack.push_async_callback(running[name].stop)
        _listen(signals)
        for name, one in running.items():
            told.ready(name, one.address)
        tidying = asyncio.create_task(_tidied())
        await signals.get()
        tidying.cancel()
        stack.pop_all()
    ending = asyncio.create_task(_ended(running.values()))
    again = asyncio.create_task(signals.get())
    await asyncio.wait((ending,), timeout=_SOON)
    if not ending.done():
        told.draining()
        await asyncio.wait((ending, again), return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            for one in running.values():
                one.hasten()
    again.cancel()
    await ending


async def _tidied() -> None:
    spent = process_time()
    while True:
        await asyncio.sleep(_TIDY)
        if (now := process_time()) > spent + _WORK:
            await asyncio.to_thread(give_back)
            spent = now


async def _ended(running: Iterable[Running]) -> None:
    await asyncio.gather(*(one.stop() for one in running))


def _listen(signals: asyncio.Queue[None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, signals.put_nowait, None)
        except (NotImplementedError, RuntimeError):  # Windows, or not the main thread
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(signals.put_nowait, None))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    except ModuleNotFoundError:
        return None
    return factory


def _many_connections() -> None:
    """Lets this process have as many open connections as its user may."""
    try:
        resource = import_module("resource")
    except ModuleNotFoundError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
