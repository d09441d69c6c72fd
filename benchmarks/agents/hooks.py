"""Real agents with our hooks in their own settings: connect, run, look, disconnect, write down.

    python benchmarks/agents/hooks.py [--write] [NAME ...]

The settings that the agent has already are edited by `aicontext connect AGENT --via hooks`; then it
runs at the fake provider itself, with no proxy between. It passes when it ends well, the provider
got outputs with our marks in place of the log and refused nothing, what it got in one turn stands
unchanged in the next, `aicontext doctor` says that the hooks work, and `aicontext disconnect` puts
the settings back byte for byte.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from run import LOG_BYTES, PATIENCE, ROOT, Json, install, model, stable, write

from agents import AGENTS, Agent
from aicontext.adapters.events.sqlite import SqliteEvents
from aicontext.domain.requests import Outcome
from clients.stand import environment, long_log, served
from fake_provider.server import Provider

RESULT = ROOT / "benchmarks/results/hooks.json"
CLAUDE = '{\n    "cleanupPeriodDays":30 ,\n    "hooks": {"Stop": []}\n}'
_MARK = re.compile(r"\[… [\d,]+ tokens: [^\]]+\]")


@dataclass(frozen=True, slots=True)
class Case:
    """tool: its id in the catalogue. settings: the file that is edited, in its home, and what is in
    it before; nothing where it is a file of ours. address: the variable of the provider's address.
    without: words of its command that keep plugins out."""

    tool: str
    settings: str
    before: str = ""
    address: str = "ANTHROPIC_BASE_URL"
    without: tuple[str, ...] = ()


CASES = {
    "Claude Code": Case("claude-code", "settings.json", CLAUDE),
    "OpenCode": Case(
        "opencode", ".config/opencode/plugins/aicontext.js", without=("--pure",), address=""
    ),
    "Cline CLI": Case("cline-cli", ".cline/plugins/aicontext.js", address="OPENAI_BASE_URL"),
    "Mistral Vibe": Case("mistral-vibe", "hooks.toml"),
    "Copilot CLI": Case(
        "copilot-cli", ".copilot/hooks/aicontext.json", address="COPILOT_PROVIDER_BASE_URL"
    ),
    "Pi": Case("pi", "extensions/aicontext.js"),
}


def run(agent: Agent, case: Case, programs: Path, folder: Path) -> Json:
    """Its row of the table. Raises AssertionError where something is amiss."""
    provider = Provider(model=model(agent, folder / "shop"))
    shutil.copytree(ROOT / "examples/shop", folder / "shop")
    log = long_log()[-LOG_BYTES:]
    (folder / "shop/test.log").write_text(log)
    (folder / "shop/test.sh").write_text("cat test.log\n")
    with served(provider) as address:
        given = _environment(agent, case, programs, folder, address)
        settings = folder / "home" / case.settings
        _prepared(agent, case, folder / "home", address)
        _ours(given, "connect", case.tool, "--via", "hooks")
        edited = settings.read_text()
        words = [word for word in agent.command if word not in case.without]
        done = _run(words, given, folder / "shop")
        doctor = _ours(given, "doctor", case.tool)
        _ours(given, "disconnect", case.tool)
    said = done.stdout[-2000:] + done.stderr[-3000:]
    assert done.returncode == 0, f"{agent.name} ended with {done.returncode}: {said}"
    assert all(one.status == 200 for one in provider.received), f"refused: {said}"
    assert "aicontext-hook" in edited
    assert "hooks: works" in doctor, doctor
    after = settings.read_text() if settings.exists() else ""
    assert after == case.before, f"left behind: {after}"
    return {
        "agent": agent.name,
        "package": agent.package,
        "version": agent.version,
        **_account(provider, folder / "state", log),
    }


def _account(provider: Provider, state: Path, log: str) -> Json:
    calls = [one for one in provider.received if one.billed is not None]
    last = json.loads(calls[-1].body)
    marks = _MARK.findall(json.dumps(last, ensure_ascii=False))
    assert marks, "the provider got no output of ours"
    assert json.dumps(log)[1:400] not in json.dumps(last), "the provider got the log in full"
    events = list(SqliteEvents(state / "usage.db").hooks_since(0))
    shortened = [one for one in events if one.outcome is Outcome.OPTIMIZED]
    assert shortened, [(one.moment, one.outcome, one.why) for one in events]
    assert not [one for one in events if one.outcome is Outcome.PASSED], events
    return {
        "turns": stable(calls),
        "hooks": len(events),
        "shortened": len(shortened),
        "original_tokens": sum(one.original_tokens for one in shortened),
        "optimized_tokens": sum(one.optimized_tokens for one in shortened),
    }


def _environment(
    agent: Agent, case: Case, programs: Path, folder: Path, address: str
) -> Mapping[str, str]:
    home = str(folder / "home")
    places = {"{home}": home, "{packages}": str(programs.parent), "{provider}": address}
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {
        **environment(folder / "state", address, AICONTEXT_PORT="1"),
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9"),
        **{name: places.get(value, value) for name, value in agent.environment.items()},
        **(_addressed(case.address, address) if case.address else _opencode(address)),
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/.config",
        "PATH": path,
        "PWD": str(folder / "shop"),
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _addressed(variable: str, address: str) -> Mapping[str, str]:
    return {variable: f"{address}/v1" if variable.startswith("OPENAI") else address}


def _opencode(address: str) -> Mapping[str, str]:
    options = {"provider": {"anthropic": {"options": {"baseURL": f"{address}/v1"}}}}
    return {"OPENCODE_CONFIG_CONTENT": json.dumps(options)}


def _prepared(agent: Agent, case: Case, home: Path, address: str) -> None:
    """The home as its user has it."""
    files = {name: text.replace("@ADDRESS@", address) for name, text in agent.files.items()}
    for name, text in {**files, case.settings: case.before}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        if text:
            (home / name).write_text(text)


def _ours(given: Mapping[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "aicontext", *words]
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"aicontext {' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


def _run(
    words: list[str], given: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=folder,
        env=given,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Run real agents with our hooks.")
    parser.add_argument("names", nargs="*", help="programs; all of them unless named")
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    given = parser.parse_args()
    rows: list[Any] = []
    failed = 0
    for agent in AGENTS:
        if agent.name not in CASES or (given.names and agent.key not in given.names):
            continue
        try:
            with TemporaryDirectory(prefix="agent-") as folder:
                rows.append(run(agent, CASES[agent.name], install(agent), Path(folder)))
            print(json.dumps(rows[-1]), flush=True)
        except (AssertionError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"{agent.name} failed: {error}", flush=True)
    if given.write:
        write(RESULT, rows)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
