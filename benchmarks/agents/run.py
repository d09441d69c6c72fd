"""Real agents through the proxy: install, run with a scripted model, check, write down.

    python benchmarks/agents/run.py [--write] [NAME ...]

Each agent is started by `aicontext run` in a copy of examples/shop whose tests print a long log.
The model is the fake provider's: it runs the tests, reads a file, runs the tests again and is done.
An agent passes when it ends well, every request came from our proxy, what the provider got of a
turn stands unchanged in the next one, an original was shortened, and each call is on record as it
was billed (where the answer tells: Chat Completions do so if asked).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/support"), str(Path(__file__).parent)]

from agents import AGENTS, Agent, Call  # noqa: E402
from aicontext.adapters.events.sqlite import SqliteEvents  # noqa: E402
from aicontext.domain.events import UsageEvent  # noqa: E402
from clients.stand import environment, long_log, served  # noqa: E402
from fake_provider.script import Answer, ToolCall  # noqa: E402
from fake_provider.server import Provider, Received, decoded  # noqa: E402

INSTALLED = ROOT / ".agents"
RESULT = ROOT / "benchmarks/results/agents.json"
PATIENCE = 240
LOG_BYTES = 24_000
"""Of the log: most agents cut longer ones off themselves."""

PREPARE = """
home=$1; shift
grep -rl @ADDRESS@ "$home" | xargs -r sed -i "s|@ADDRESS@|$ANTHROPIC_BASE_URL|"
exec "$@"
"""
"""Some agents read the address from a file of theirs alone."""

_MARK = re.compile(r', "cache_control": \{[^{}]*\}')
Json = Any


def install(agent: Agent) -> Path:
    """Puts the agent into a folder of its own; its programs' folder."""
    folder = INSTALLED / agent.key
    wanted = " ".join([f"{agent.package}@{agent.version}", *agent.beside])
    programs = folder / ("bin" if agent.python else "node_modules/.bin")
    note = folder / "installed.txt"
    if note.exists() and note.read_text() == wanted:
        return programs
    if agent.python:
        python = agent.interpreter or sys.executable
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "-q"]
        mine = f"{agent.package}=={agent.version}"
        subprocess.run([*pip, mine, *agent.beside], check=True, timeout=900)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder)]
        npm += wanted.split()
        subprocess.run(npm, check=True, timeout=900, stdin=subprocess.DEVNULL)
    note.write_text(wanted)
    return programs


def model(agent: Agent, shop: Path) -> Any:
    """What the model says to a request: the next step of the script, by the results so far."""
    steps: list[Call] = [agent.shell("sh test.sh")]
    if agent.reader:
        steps.append(agent.reader(shop / "shop/cart.py"))
    else:
        steps.append(agent.shell("cat shop/cart.py"))
    steps.append(agent.shell("sh test.sh"))
    if agent.last:
        steps.append(agent.shell(agent.last))
    written = count(1)

    def answer(request: Json) -> Answer:
        if agent.chats:
            return Answer(f"A note.\n\nnotes.txt\n```\n{next(written)}\n```\n")
        if not _tools(request):
            return Answer("Fix the checkout")
        thinks, done = bool(request.get("thinking")), _results(request)
        if done < len(steps):
            name, arguments = steps[done]
            return Answer("Let me look.", (ToolCall(name, arguments),), "Hm." if thinks else "")
        return Answer("The rounding in shop/cart.py is wrong.")

    return answer


def _tools(request: Json) -> bool:
    return bool(request.get("tools"))


def _results(value: Json) -> int:
    """Results of tools in a request of any protocol."""
    if isinstance(value, list):
        return sum(map(_results, value))
    if not isinstance(value, dict):
        return 0
    mine = (
        value.get("type") in ("tool_result", "function_call_output", "custom_tool_call_output")
        or value.get("role") == "tool"
        or "functionResponse" in value
    )
    return mine + sum(
        map(
            _results,
            (value.get(name) for name in ("messages", "input", "contents", "content", "parts")),
        )
    )


def run(agent: Agent, programs: Path, folder: Path) -> Json:
    """Runs it once; its row of the table. Raises AssertionError where something is amiss."""
    provider = Provider(model=model(agent, folder / "shop"))
    shutil.copytree(ROOT / "examples/shop", folder / "shop")
    (folder / "shop/test.log").write_text(long_log()[-LOG_BYTES:])
    (folder / "shop/test.sh").write_text("cat test.log\n")
    with served(provider) as address:
        done = _started(agent, programs, folder, address)
    said = done.stdout[-2000:] + done.stderr[-3000:]
    assert done.returncode == 0, f"{agent.name} ended with {done.returncode}: {said}"
    assert all(one.status == 200 for one in provider.received), f"refused: {said}"
    return {
        "agent": agent.name,
        "package": agent.package,
        "version": agent.version,
        **_account(agent, provider.received, SqliteEvents(folder / "state/usage.db").since(0)),
    }


def _started(
    agent: Agent, programs: Path, folder: Path, provider: str
) -> subprocess.CompletedProcess[str]:
    home = folder / "home"
    for name, text in agent.files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    home.mkdir(exist_ok=True)
    places = {"{home}": str(home), "{packages}": str(programs.parent), "{provider}": provider}
    given = {name: places.get(value, value) for name, value in agent.environment.items()}
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    words = agent.command
    if any("@ADDRESS@" in text for text in agent.files.values()):
        words = ("sh", "-c", PREPARE, "sh", str(home), *words)
    return subprocess.run(
        [sys.executable, "-m", "aicontext", "run", *words],
        cwd=folder / "shop",
        env={
            **environment(folder / "state", provider, AICONTEXT_PORT="1"),
            **nowhere,
            **given,
            "HOME": str(home),
            "PATH": path,
            "PWD": str(folder / "shop"),
            "NO_PROXY": "127.0.0.1,localhost",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def _account(agent: Agent, received: Sequence[Received], events: Iterable[UsageEvent]) -> Json:
    calls = [one for one in received if one.billed is not None]
    found = list(events)
    assert calls, "no call came through"
    assert len(found) == len(calls), f"{len(found)} of {len(calls)} calls are on record"
    told = Counter(e.billed for e in found if e.billed or e.protocol != "openai-chat")
    wrong = told - Counter(one.billed for one in calls)
    assert not wrong, f"the provider's bill has no {wrong}"
    direct, sent = (
        sum(getattr(e, name) for e in found) for name in ("direct_tokens", "sent_tokens")
    )
    shortened = sum(len(event.changes) for event in found)
    if agent.chats:
        assert sent == direct, "words of the user were changed"
    else:
        assert shortened, f"nothing was shortened: {[(e.outcome, e.why) for e in found]}"
        assert sent < direct
    turns = len(calls) if agent.chats else stable(calls)
    assert turns > 2, f"{turns} turns of one conversation"
    return {
        "wire": sorted({event.protocol for event in found}),
        "websocket": any(one.method == "GET" for one in calls),
        "calls": len(calls),
        "turns": turns,
        "shortened": shortened,
        "direct_tokens": direct,
        "sent_tokens": sent,
    }


def stable(calls: Sequence[Received]) -> int:
    """Turns of the conversation with tools; what went out in one stands in the next as it was."""
    talks: list[list[str]] = []
    for body in filter(_tools, map(_body, calls)):
        # What the server keeps is not sent again.
        kept = talks[-1] if body.get("previous_response_id") else []
        talks.append([*kept, *_talk(body)])
    for before, after in pairwise(talks):
        assert len(before) <= len(after), "a turn is shorter than the one before"
        for at, (old, new) in enumerate(zip(before, after, strict=False)):
            assert old == new, f"message {at} changed: {_difference(old, new)}"
    return len(talks)


def _body(one: Received) -> Json:
    encoding = {name.lower(): value for name, value in one.headers}.get("content-encoding", "")
    body = json.loads(decoded(one.body, encoding))
    return body.get("response") or body


def _talk(body: Json) -> list[str]:
    """The messages as text, without the marks that move from turn to turn."""
    talk = next(body[name] for name in ("messages", "input", "contents") if name in body)
    return [_MARK.sub("", json.dumps(one)) for one in talk]


def _difference(old: str, new: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    return f"{old[max(0, at - 80) : at + 80]!r} became {new[max(0, at - 80) : at + 80]!r}"


def write(result: Path, rows: list[Json]) -> None:
    """Puts the rows in place of those that had their names; agents not run keep theirs."""
    known = {row["agent"]: row for row in json.loads(result.read_text())["agents"]}
    known |= {row["agent"]: row for row in rows}
    kept = [known[agent.name] for agent in AGENTS if agent.name in known]
    result.write_text(json.dumps({"agents": kept}, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Run real agents through the proxy.")
    parser.add_argument("names", nargs="*", help="programs; all of them unless named")
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    given = parser.parse_args()
    rows, failed = [], 0
    for agent in AGENTS:
        if given.names and agent.key not in given.names:
            continue
        try:
            with TemporaryDirectory(prefix="agent-") as folder:
                rows.append(run(agent, install(agent), Path(folder)))
            print(json.dumps(rows[-1]), flush=True)
        except (AssertionError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"{agent.name} failed: {error}", flush=True)
    if given.write:
        write(RESULT, rows)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
