"""Bill recorded sessions over HTTP: direct, through us, and through other proxies, in one run.

    python benchmarks/billing/over_http.py DATA --peers VENV [--limit 20] [--calls 40]
        [--faketime LIBRARY] [--arm NAME ...]

Every arm has a fake provider and a process of its own, and gets the same calls in the same order;
the provider's clock is set as the recorded times lie apart. Proxies see that time too where there
is libfaketime; else they see the real one, in which no cache ever lapses. The sessions are
those with the smallest hashes; of each its first calls, forks, retries and sub-agents included.
Answers are the recorded ones, so that a proxy that remembers them finds them again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))

from aiohttp import ClientError, ClientSession, ClientTimeout  # noqa: E402

from aicontext.domain.usage import Billed  # noqa: E402
from aicontext.engine.estimate.catalogue import model  # noqa: E402
from aicontext.engine.estimate.counter import counter  # noqa: E402
from fake_provider.script import Answer, ToolCall  # noqa: E402
from fake_provider.server import Provider, serve  # noqa: E402

from proxies import COMMANDS, Proxy  # noqa: E402  # isort: skip
from run import PROMPT, RESULTS  # noqa: E402  # isort: skip
from sessions import Session, Turn, load  # noqa: E402  # isort: skip
from timeline import Call, branched  # noqa: E402  # isort: skip
from wire import body, forget, prelude  # noqa: E402  # isort: skip

PATHS = {"anthropic": "/v1/messages", "responses": "/v1/responses", "chat": "/v1/chat/completions"}
HEADERS = {
    "anthropic": {
        "x-api-key": "sk-x",
        "anthropic-version": "2023-06-01",
        "user-agent": "claude-cli/2.1",
    },
    "responses": {"authorization": "Bearer sk-x", "user-agent": "codex_cli_rs/0.140"},
    "chat": {"authorization": "Bearer sk-x", "user-agent": "codex_cli_rs/0.140"},
}
DIRECT = "direct"
_FAKETIME = "lib/python*/site-packages/libfaketime/vendor/libfaketime/src/libfaketime.so.1"
APART = 7200.0
"""Seconds between sessions: clocks never go back."""


@dataclass(slots=True)
class Arm:
    """costs: of the input by session, in US dollars. failed: calls without an answer of 200."""

    name: str
    provider: Provider
    url: str
    proxy: Proxy | None = None
    costs: dict[str, float] = field(default_factory=dict)
    billed: list[Billed] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    clock: float = field(default_factory=time.time)


async def main() -> int:
    given = _options().parse_args()
    given.faketime = given.faketime or next(given.peers.glob(_FAKETIME), None)
    sessions = load(given.data, given.half, given.limit)
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    arms: list[Arm] = []
    try:
        for name in (DIRECT, *given.arm):
            await _add(arms, name, given)
        async with ClientSession(timeout=ClientTimeout(total=120), read_bufsize=2**20) as client:
            for number, session in enumerate(sessions):
                for arm in arms:
                    await _replay(arm, session, given.calls, client)
                forget()
                print(f"\r{number + 1}/{len(sessions)}", end="", file=sys.stderr)
        report = {
            "sessions": len(sessions),
            "calls_of_a_session": given.calls,
            "clock": "recorded" if given.faketime else "real",
            "arms": {arm.name: _summary(arm, arms[0]) for arm in arms},
        }
    finally:
        for arm in arms:
            if arm.proxy:
                await arm.proxy.stop()
    _print(report)
    if given.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "billing-peers.json").write_text(json.dumps(report, indent=1) + "\n")
    return 0


async def _add(arms: list[Arm], name: str, given: argparse.Namespace) -> None:
    """Starts an arm; one that does not start is left out, and said to be."""
    provider = Provider()
    _, port = await serve(provider)
    url = f"http://127.0.0.1:{port}"
    if name == DIRECT:
        arms.append(Arm(name, provider, url))
        return
    proxy = Proxy(COMMANDS[name], url, given.faketime)
    try:
        await proxy.start(given.peers / "bin")
    except (OSError, TimeoutError) as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        await proxy.stop()
        return
    arms.append(Arm(name, provider, proxy.url, proxy))


async def _replay(arm: Arm, session: Session, most: int, client: ClientSession) -> None:
    tokens = PROMPT[session.agent]
    arm.costs[session.id] = 0.0
    calls = branched(session)[:most]
    later = arm.clock - calls[0].at
    for call in calls:
        start = prelude(session, tokens, counter("gpt-4o"), call.thread.agent)
        arm.provider.count_by(counter(start.model))
        raw = body(start, session.id, call.thread.turns[: call.turn + 1])
        arm.provider.now = arm.clock = call.at + later
        arm.provider.script = [_answer(call)]
        if arm.proxy:
            arm.proxy.set_time(arm.clock)
        done = len(arm.provider.received)
        begun = time.perf_counter()
        arm.failed += not await _sent(arm, start.form, raw, client)
        arm.seconds.append(time.perf_counter() - begun)
        prices = model(start.model).prices
        assert prices
        for received in arm.provider.received[done:]:
            if billed := received.billed:
                arm.billed.append(billed)
                output = billed.output * prices.output / 1e6
                arm.costs[session.id] += billed.cost(prices) - output
        arm.provider.received.clear()
    arm.clock += APART


async def _sent(arm: Arm, form: str, raw: bytes, client: ClientSession) -> bool:
    headers = {**HEADERS[form], "content-type": "application/json"}
    try:
        async with client.post(arm.url + PATHS[form], data=raw, headers=headers) as response:
            text = await response.read()
            if response.status != 200 and not arm.failed:
                print(f"\n{arm.name}: {response.status} {text[:500]!r}", file=sys.stderr)
            return response.status == 200
    except (ClientError, TimeoutError) as error:
        if not arm.failed:
            print(f"\n{arm.name}: {error!r}", file=sys.stderr)
        return False


def _answer(call: Call) -> Answer:
    turn: Turn = call.thread.turns[call.turn]
    said = [event["text"] for event in turn.answer if event["role"] == "assistant"]
    calls = tuple(_call(event) for event in turn.answer if event["role"] == "tool_call")
    return Answer("\n".join(said), calls)


def _call(event: Any) -> ToolCall:
    given = event["input"]
    if not isinstance(given, dict):
        try:
            parsed = json.loads(given)
            given = parsed if isinstance(parsed, dict) else {"input": given}
        except ValueError:
            given = {"input": given}
    return ToolCall(event["tool"], given, event["cid"])


def _summary(arm: Arm, direct: Arm) -> dict[str, Any]:
    saved = sorted(1 - arm.costs[name] / direct.costs[name] for name in direct.costs)
    cost, plain = sum(arm.costs.values()), sum(direct.costs.values())
    read, whole = sum(b.cache_read for b in arm.billed), sum(b.all_input for b in arm.billed)
    return {
        "saved": {
            "worst": saved[0],
            "median": statistics.median(saved),
            "p90": saved[min(len(saved) - 1, int(0.9 * len(saved)))],
            "together": 1 - cost / plain,
        },
        "dearer": sum(share < -0.005 for share in saved) / len(saved),
        "input_tokens_saved": 1 - whole / sum(b.all_input for b in direct.billed),
        "read_from_cache": read / whole if whole else 0.0,
        "input_usd": cost,
        "calls": len(arm.seconds),
        "failed": arm.failed,
        "seconds": {
            "median": statistics.median(arm.seconds),
            "p90": sorted(arm.seconds)[int(0.9 * len(arm.seconds))],
            "longest": max(arm.seconds),
        },
        "cpu_seconds": arm.proxy.cpu_seconds() if arm.proxy else 0.0,
    }


def _print(report: dict[str, Any]) -> None:
    print(
        f"\n{report['sessions']} sessions, up to {report['calls_of_a_session']} calls of each; "
        f"the proxies' clock: {report['clock']}"
    )
    columns = ("worst", "median", "p90", "together", "dearer", "tokens", "reads", "failed")
    print(f"{'':16}" + "".join(f"{name:>9}" for name in (*columns, "s/call", "CPU s")))
    for name, found in report["arms"].items():
        saved = found["saved"]
        shares = [saved[key] for key in columns[:4]]
        shares += [found["dearer"], found["input_tokens_saved"], found["read_from_cache"]]
        print(
            f"{name:16}{''.join(f'{share:>9.1%}' for share in shares)}{found['failed']:>9}"
            f"{found['seconds']['median']:>9.3f}{found['cpu_seconds']:>9.1f}"
        )


def _absolute(name: str) -> Path:
    """The proxies run in folders of their own."""
    return Path(name).absolute()


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument(
        "--peers", type=_absolute, default=Path(sys.prefix), help="the peers' venv"
    )
    options.add_argument("--half", choices=("a", "b"), default="")
    options.add_argument("--limit", type=int, default=20, help="sessions")
    options.add_argument("--calls", type=int, default=40, help="of a session at most")
    options.add_argument("--faketime", type=_absolute, help="libfaketime.so.1, else the peers' own")
    options.add_argument("--arm", nargs="*", default=list(COMMANDS), choices=list(COMMANDS))
    options.add_argument("--write", action="store_true", help="keep the figures in results")
    return options


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
