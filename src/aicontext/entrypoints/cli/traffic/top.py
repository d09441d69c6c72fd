"""`aicontext top`: the calls of a day, live in the terminal."""

from __future__ import annotations

import json
import select
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING

import click

from aicontext.domain.events import By
from aicontext.domain.requests import Outcome
from aicontext.entrypoints.cli.traffic import figures
from aicontext.entrypoints.cli.traffic.periods import how_far_back
from aicontext.entrypoints.cli.traffic.savings import period
from aicontext.entrypoints.cli.words import amount
from aicontext.wiring import surroundings, usage

if TYPE_CHECKING:
    from aicontext.domain.events import UsageEvent

_LATE = 3600.0
"""Seconds that most calls take at most: each is recorded at its end under the time it began at."""

_LATEST, _SELDOM = 86_400.0, 60.0
"""Seconds that any call takes, and between two looks for those that took so long."""

_CALLS = 200
_HOME, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


@click.command()
@how_far_back("24h")
@click.option(
    "--every",
    type=click.FloatRange(0.2, 60),
    default=1,
    show_default=True,
    help="Seconds between two frames.",
)
@click.option("--once", is_flag=True, help="Print one frame and end.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each frame.")
def top(since: str, every: float, once: bool, as_json: bool) -> None:
    """Watch the calls that go through the proxy, until q or Ctrl-C."""
    seconds, words = period(since)
    view = _View(time.time() - seconds, words)
    try:
        if as_json:
            for _ in _frames(every, once, time.sleep):
                click.echo(json.dumps(view.record()))
        elif once or not (sys.stdout.isatty() and surroundings.draws()):
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
            for line in view.lines(40, width):
                click.echo(line)
        else:
            with _screen() as wait:
                for _ in _frames(every, once, wait):
                    _draw(view)
    except KeyboardInterrupt:
        return


def _frames(every: float, once: bool, wait: Callable[[float], object]) -> Iterator[None]:
    """Until `wait` returns something."""
    while True:
        yield
        if once or wait(every):
            return


class _View:
    """What is known so far; each look adds what was recorded since the last one."""

    def __init__(self, start: float, words: str) -> None:
        self._start = self._from = start
        self._words = words
        self._books = usage.books(By.SESSION)
        self._known: dict[str, float] = {}
        self._looked = float("-inf")
        self._calls: deque[UsageEvent] = deque(maxlen=_CALLS)

    def record(self) -> dict[str, object]:
        self._look()
        running = surroundings.proxy_health()
        calls = [asdict(event) for event in self._calls]
        found = self._books.savings().as_dict()
        return {"at": time.time(), "proxy": running, **found, "calls": calls}

    def lines(self, height: int, width: int) -> Iterator[str]:
        """The frame, of at most `height` lines; sessions and calls as wide as `width`."""
        self._look()
        found = self._books.savings(compared=False)
        running = surroundings.proxy_health()
        absent = f"no proxy at {surroundings.proxy_address()[0]}"
        state = click.style("running", fg="green") if running else absent
        total = found.total
        head = [f"aicontext top   {state}   {amount(total.calls, 'call')} {self._words}", ""]
        head += figures.summary(total) if total.calls else ["Start a tool: aicontext run COMMAND"]
        if found.measured.calls:
            head.append(f"measured {figures.measured(found.measured)}")
        head += figures.warnings((running or {}).get("events", {}))
        room = max(height - len(head) - 4, 4)
        yield from head
        if not total.calls:
            return
        yield ""
        sessions = list(figures.rows(found, min(len(found.rows), max(room // 3, 1)), width))
        yield from sessions
        yield ""
        for event in list(self._calls)[: max(room - len(sessions) - 1, 1)]:
            yield figures.call(event, width)

    def _look(self) -> None:
        newest, now = self._from, time.monotonic()
        seldom = now - self._looked >= _SELDOM
        self._looked = now if seldom else self._looked
        back = _LATEST if seldom else _LATE
        for event in usage.events().since(max(self._from - back, self._start)):
            newest = max(newest, event.at)
            if event.id not in self._known:
                self._known[event.id] = event.at
                self._books.add(event)
                if event.outcome is not Outcome.IMPORTED:
                    self._calls.appendleft(event)
        self._from = newest
        self._known = {name: at for name, at in self._known.items() if at >= newest - _LATEST}


def _draw(view: _View) -> None:
    width, height = shutil.get_terminal_size()
    lines = list(view.lines(height - 1, width))[: height - 1]
    body = "".join(f"{_fitted(line, width)}{_CLEAR_LINE}\r\n" for line in lines)
    sys.stdout.write(_HOME + body + _CLEAR_BELOW)
    sys.stdout.flush()


def _fitted(line: str, width: int) -> str:
    """The line cut to the screen; one that is too wide loses its colours."""
    plain = click.unstyle(line)
    return line if len(plain) <= width else plain[: width - 1] + "…"


@contextmanager
def _screen() -> Iterator[Callable[[float], bool]]:
    """A screen of its own; what is yielded waits so many seconds and says whether to leave."""
    sys.stdout.write(_ENTER)
    try:
        with _keys() as pressed:
            yield pressed
    finally:
        sys.stdout.write(_LEAVE)
        sys.stdout.flush()


@contextmanager
def _keys() -> Iterator[Callable[[float], bool]]:
    """Keys as they are pressed, without Enter, where the terminal can."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        yield _slept
        return
    termios, tty = import_module("termios"), import_module("tty")
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield _pressed
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _slept(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _pressed(seconds: float) -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    return bool(ready) and sys.stdin.read(1) in ("q", "Q", "\x1b", "")
