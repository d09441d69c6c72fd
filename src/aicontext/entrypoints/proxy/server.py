"""The proxy as a process: until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from importlib import import_module

from aicontext.domain.errors import Unavailable
from aicontext.domain.proxy import ProxyOptions
from aicontext.entrypoints.proxy.app import Parts, start

_SWITCH = 0.001
"""Seconds that a thread with a plan keeps the interpreter while an answer waits to be relayed."""


def serve(options: ProxyOptions, parts: Parts, ready: Callable[[str], None]) -> None:
    """Runs the proxy until SIGINT or SIGTERM; calls under way are let finish.

    ready: called with the address once it listens. Raises InvalidInput for options that would let
    strangers in, Unavailable where the address cannot be had.
    """
    sys.setswitchinterval(_SWITCH)
    _many_connections()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_until_stopped(options, parts, ready))


async def _until_stopped(options: ProxyOptions, parts: Parts, ready: Callable[[str], None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        running = await start(options, parts)
    except OSError as error:
        raise Unavailable(
            f"Cannot listen on {options.host}:{options.port} ({error.strerror or 'refused'}).",
            hint="Choose another port with --port or AICONTEXT_PORT.",
        ) from None
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, stopped.set)
            except (NotImplementedError, RuntimeError):  # Windows, or not the main thread
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
        ready(running.address)
        await stopped.wait()
    finally:
        await running.stop()


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
