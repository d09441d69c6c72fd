"""The proxy as a process before a fake provider, for clients that are not ours."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Generic, TypeVar

from waiting import PATIENCE

from fake_provider.script import Answer
from fake_provider.server import Provider, Received, serve

UPSTREAMS = ("anthropic", "openai", "gemini", "ollama")
SESSION = Path(__file__).parents[2] / "examples" / "session.json"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel in base64."""

_OF_A_HOP = ("host", "connection")
Json = Any
Result = TypeVar("Result")


def long_log() -> str:
    """What a test run printed, 35 KB of it."""
    turns = json.loads(SESSION.read_text(encoding="utf-8"))["messages"]
    return str(turns[2]["content"][0]["content"])


@dataclass(frozen=True, slots=True)
class Run(Generic[Result]):
    """What the client got, and what the provider got of it."""

    result: Result
    received: tuple[Received, ...]

    @property
    def body(self) -> Json:
        return json.loads(self.received[-1].body)

    @property
    def size(self) -> int:
        return sum(len(one.body) for one in self.received)

    @property
    def headers(self) -> list[list[tuple[str, str]]]:
        """Of each request, in their order, without those that belong to one connection."""
        return [
            [(name, value) for name, value in one.headers if name.lower() not in _OF_A_HOP]
            for one in self.received
        ]

    @property
    def attempts(self) -> list[str]:
        """Which retry each request is, as the client says."""
        every = [{name.lower(): value for name, value in one.headers} for one in self.received]
        return [one["x-stainless-retry-count"] for one in every]


def assert_same(direct: Run[Any], ours: Run[Any]) -> None:
    """The client got the same, and so did the provider, to the byte: but for answers in zstd, which
    are not asked for, since they cannot be read on the side within bounds."""
    assert ours.result == direct.result
    assert [one.body for one in ours.received] == [one.body for one in direct.received]
    narrowed = [
        [(name, value.replace(", zstd", "")) for name, value in one] for one in direct.headers
    ]
    assert ours.headers == narrowed


@dataclass(slots=True)
class Stand:
    """direct: the provider's address. proxy: the proxy's. home: where the proxy keeps things.
    project: tags the calls, so that a late event of one test is not taken for the next one's.
    """

    provider: Provider
    direct: str
    home: Path
    proxy: str = ""
    project: str = ""
    _events: list[Json] = field(default_factory=list)
    _news: Condition = field(default_factory=Condition)

    @property
    def address(self) -> str:
        return f"{self.proxy}/p/{self.project}" if self.project else self.proxy

    def both(
        self, work: Callable[[str], Result], *script: Answer
    ) -> tuple[Run[Result], Run[Result]]:
        """The same work at the provider itself, then through the proxy."""
        return self.run(self.direct, work, *script), self.run(self.address, work, *script)

    def run(self, address: str, work: Callable[[str], Result], *script: Answer) -> Run[Result]:
        self.provider.script, self.provider.received = list(script), []
        return Run(work(address), tuple(self.provider.received))

    def events(self, count: int = 1) -> list[Json]:
        """The usage events of the project, once there are that many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._own()) >= count, PATIENCE), self._events
            return self._own()

    def _own(self) -> list[Json]:
        return [one for one in self._events if one["caller"]["project"] == self.project]

    def restored(self, sent: Json) -> Json:
        """A request with every text that we shortened as it was, from the file that it names."""
        match sent:
            case dict():
                return {name: self.restored(value) for name, value in sent.items()}
            case list():
                return [self.restored(value) for value in sent]
            case str() if named := re.search(rf"{re.escape(str(self.home))}/\S+/\w+", sent):
                return Path(named[0]).read_text(encoding="utf-8")
        return sent

    def left(self, count: int = 1) -> None:
        """Waits until that many clients have left the provider in the midst of an answer."""
        with self.provider.gone:
            assert self.provider.gone.wait_for(lambda: self.provider.left >= count, PATIENCE)
        self.provider.left = 0

    def read(self, lines: Iterator[bytes]) -> None:
        """Takes what the proxy prints."""
        for line in lines:
            if "call" in (said := json.loads(line)):
                with self._news:
                    self._events.append(said["call"])
                    self._news.notify_all()


@contextmanager
def stand(home: Path) -> Iterator[Stand]:
    """A provider and a proxy before it, until the block ends."""
    provider = Provider()
    with served(provider) as direct:
        made = Stand(provider, direct, home)
        with _proxied(made):
            yield made


@contextmanager
def served(provider: Provider) -> Iterator[str]:
    """The provider in a thread of its own; its address."""
    loop = asyncio.new_event_loop()
    runner, port = loop.run_until_complete(serve(provider))
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def _proxied(made: Stand) -> Iterator[None]:
    words = ["-m", "aicontext", "proxy", "--port", "0", "--json", "--lifeline"]
    with subprocess.Popen(
        [sys.executable, *words],
        env=environment(made.home, made.direct, PATH=os.defpath),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        made.proxy = json.loads(process.stdout.readline())["listening"]
        reader = Thread(target=made.read, args=(process.stdout,))
        reader.start()
        try:
            yield
        finally:
            process.stdin.close()
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()
                reader.join()
    assert process.returncode == 0


def environment(home: Path, provider: str, **more: str) -> Mapping[str, str]:
    """Of our command: its home is empty and every provider is the fake one."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("AICONTEXT_")}
    upstreams = " ".join(f"{name}={provider}" for name in UPSTREAMS)
    ours = {"HOME": str(home), "UPSTREAMS": upstreams, "PLAN_SECONDS": "60"}
    return mine | {f"AICONTEXT_{name}": value for name, value in ours.items()} | more
