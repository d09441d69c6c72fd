"""CPU that a plan takes in the process itself: a session call by call, a lapsed cache, a monster.

    python benchmarks/proxy/plan.py [--write]

The sessions are made up: a system prompt, tools, and results of 2-5 KB as logs, rows, code and
prose; the place where the cache is asked for moves on with each call, as Claude Code has it.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.ledger.memory import MemoryLedger
from aicontext.domain.requests import Caller
from aicontext.services.context.requests import Forwarding, RequestService

CALLER = Caller("claude-code", local=True)
CONTROL = {"cache_control": {"type": "ephemeral"}}
ANTHROPIC, CHAT = "claude-sonnet-4-5", "gpt-5"
REPEATS = 30


class Session:
    """Messages of made-up content, call by call; the same for the same seed."""

    def __init__(self, form: str, seed: int) -> None:
        self.form = form
        self.messages: list[dict[str, Any]] = [{"role": "user", "content": "Find the error."}]
        self._chance = random.Random(seed)
        self._seed = seed
        letters = "abcdefghijklmnopqrstuvwxyz_"
        lengths = [self._chance.randint(3, 9) for _ in range(2000)]
        self._words = ["".join(self._chance.choices(letters, k=length)) for length in lengths]

    def turn(self, size: int = 0) -> None:
        """The model called a tool, which printed so many characters (2-5 KB if none are given)."""
        at, text = f"toolu_{self._seed}_{len(self.messages):05}", self._result(size)
        command = f"make {self._line(2)}"
        if self.form == ANTHROPIC:
            call = {"type": "tool_use", "id": at, "name": "Bash", "input": {"command": command}}
            said = {"type": "text", "text": self._line(20)}
            done = {"tool_use_id": at, "type": "tool_result", "content": text}
            self.messages.append({"role": "assistant", "content": [said, call]})
            self.messages.append({"role": "user", "content": [done]})
            return
        function = {"name": "Bash", "arguments": json.dumps({"command": command})}
        calls = [{"id": at, "type": "function", "function": function}]
        self.messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        self.messages.append({"role": "tool", "tool_call_id": at, "content": text})

    def body(self) -> bytes:
        schema = {"type": "object", "properties": {"command": {"type": "string"}}}
        said = " ".join(self._words[300:])
        tools = [{"name": "Bash", "description": said, "input_schema": schema}]
        request: dict[str, Any] = {"model": self.form, "messages": self.messages}
        if self.form == ANTHROPIC:
            *before, last = self.messages
            if isinstance(last["content"], list):
                last = {**last, "content": [{**last["content"][0], **CONTROL}]}
            system = [{"type": "text", "text": " ".join(self._words[:300]), **CONTROL}]
            request |= {"messages": [*before, last], "system": system}
        return json.dumps(request | {"tools": tools, "stream": True}).encode()

    def _line(self, words: int) -> str:
        return " ".join(self._chance.choices(self._words, k=words))

    def _result(self, size: int) -> str:
        size = size or self._chance.randint(2000, 5000)
        number, lines, kind = len(self.messages), [], self._chance.randrange(4)
        while sum(map(len, lines)) < size and len(lines) < size:
            n = len(lines)
            lines += (
                [f"2026-01-01 00:{n % 60:02}:01 INFO worker {n % 7} took job {n * number}"] * 8,
                [f'{{"id": {n}, "name": "row {n * number}", "state": "open"}}'] * 4,
                [f"def f{number}_{n}(x):", f"    return x + {self._chance.random()}", ""] * 4,
                [self._line(9)] * 1,
            )[kind]
        return "\n".join(lines)


def service() -> RequestService:
    return RequestService(MemoryArchive(), MemoryLedger())


def timed(action: Callable[[], Forwarding]) -> float:
    """CPU milliseconds."""
    began = time.process_time()
    action()
    return (time.process_time() - began) * 1e3


def call(requests: RequestService, body: bytes, now: float) -> Forwarding:
    made = requests.plan(body, CALLER, now)
    requests.sent(made, now)
    return made


def calls(session: Session, size: int) -> Iterator[bytes]:
    """The session's requests up to so many bytes."""
    while len(body := session.body()) < size:
        yield body
        session.turn()


def warm(form: str, size: int) -> dict[str, float]:
    """A session of that size: its last call again and again, and its latest calls as they came."""
    again, latest = [], []
    for seed in range(3):
        requests, now, times = service(), 0.0, []
        for body in calls(Session(form, seed), size):
            now += 10.0
            times.append(timed(lambda: call(requests, body, now)))  # noqa: B023
        latest += times[-10:]
        again += [timed(lambda: call(requests, body, now)) for _ in range(REPEATS)]  # noqa: B023
    return {
        "bytes": len(body),
        "messages": body.count(b'"role"'),
        "again_ms": round(min(again), 3),
        "again_median_ms": round(statistics.median(again), 3),
        "next_turn_ms": round(statistics.median(latest), 3),
    }


def lapsed(size: int) -> dict[str, float]:
    """A call after a pause in which the cache lapsed: stale results become excerpts."""
    requests, now = service(), 0.0
    for body in calls(Session(ANTHROPIC, 0), size):
        now += 10.0
        call(requests, body, now)
    made: list[Forwarding] = []
    then = now + 4000.0
    spent = timed(lambda: made.append(call(requests, body, then)) or made[-1])  # type: ignore[func-returns-value]
    return {"tokens": made[-1].direct_tokens, "sent": made[-1].sent_tokens, "ms": round(spent, 1)}


def first_seen(size: int) -> dict[str, float]:
    """One request that no call went before."""
    *_, body = calls(Session(ANTHROPIC, 0), size)
    planned = timed(lambda: call(service(), body, 0.0))
    given_up = timed(lambda: service().given_up(body, "too late", 0.0))
    return {"bytes": len(body), "ms": round(planned, 1), "given_up_ms": round(given_up, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the figures in results/")
    given = parser.parse_args()
    *_, body = calls(Session(ANTHROPIC, 9), 50_000)
    call(service(), body, 0.0)
    found = {
        f"{name}_{kb}k": warm(form, kb * 1000)
        for name, form in (("anthropic", ANTHROPIC), ("chat", CHAT))
        for kb in (220, 600)
    }
    found |= {"lapsed": lapsed(600_000), "first_seen": first_seen(2_000_000)}
    text = json.dumps(found, indent=1)
    print(text)
    if given.write:
        results = Path(__file__).parent.parent / "results"
        (results / "proxy-plan.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
