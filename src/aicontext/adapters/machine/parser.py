"""Outlines of source files, made in a process of its own: parsing holds the interpreter's lock."""

from __future__ import annotations

import atexit
import os
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Lock, Thread

from aicontext.engine.condense.code.definition import Definition
from aicontext.engine.condense.code.outline import outline


class ParserProcess:
    """Started when first asked, anew where it was killed, and gone with the process that asks.
    Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool: ProcessPoolExecutor | None = None

    def outline(self, text: str, language: str) -> tuple[Definition, ...]:
        """As the engine's `outline`, which is called here where the other process failed."""
        pool = self._started()
        try:
            return pool.submit(outline, text, language).result()
        except BrokenProcessPool:
            self._drop(pool)
            return outline(text, language)

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin)
                # One that is not shut down speaks up where the interpreter takes it apart.
                atexit.register(self._pool.shutdown, wait=False)
            return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool = None


def _begin() -> None:
    """Leave Ctrl-C to the process that asks, and end when that is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(0)
