"""Bill recorded sessions as sent directly and as sent through us, and write the table and JSON.

    python benchmarks/billing/run.py DATA [--half a|b] [--limit N] [--prompt TOKENS] [--jobs N]

DATA is a folder with `transcripts.jsonl.gz` and its scorer; it is read, never copied. Each call of
a session goes, with its real time, through `RequestService` and to two caches that bill like the
provider (tests/fake_provider): one gets the bodies as they came, the other what we forward.
"recorded" are the sessions as they were, "bare" the same without the tools and the system text that
we make up; "branched" adds forks, retries and parallel sub-agents, drawn by the session's id.
OpenAI keeps prefixes for a day there; "dropped" are Codex's sessions, bare, where it keeps them for
ten minutes, "written" those with GPT-5.6, which charges for writing its cache.
Figures are of the input side of the bill unless they say otherwise.
`--half` splits by a hash: choose a method with one half, confirm it with the other.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))

from checks import Checks, Kept, scorer, spread  # noqa: E402
from fetches import Fetches  # noqa: E402
from replay import Arm, Bill, OpenAI, Replay  # noqa: E402
from sessions import FILE, Session, load  # noqa: E402
from timeline import Call, branched, recorded  # noqa: E402

from fake_provider.billing import PrefixCache, WrittenCache  # noqa: E402

RESULTS = HERE.parent / "results"


@dataclass(frozen=True, slots=True)
class Scenario:
    """How sessions are sent, and what bills them. calls: of a session, in order. agent: whose
    sessions; "": all."""

    calls: Callable[[Session], list[Call]] = recorded
    bare: bool = True
    agent: str = ""
    openai: OpenAI = field(default_factory=OpenAI)


SCENARIOS = {
    "bare": Scenario(),
    "recorded": Scenario(bare=False),
    "branched": Scenario(branched, bare=False),
    "dropped": Scenario(agent="Codex", openai=OpenAI(cache=partial(PrefixCache, idle=600))),
    "written": Scenario(agent="Codex", openai=OpenAI("gpt-5.6-sol", WrittenCache)),
}
PROMPT = {"Claude Code": 15_000, "Codex": 8_000}
"""Tokens of tools and system text; the recorded sessions had 31,000 and 10,000 in the median."""
TOLERATED = 0.005
BARS = {"median": 0.25, "p90": 0.48, "together": 0.48}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One session in one scenario."""

    bill: Bill
    blocks: Kept
    anchors: Kept


def main() -> int:
    given = _options().parse_args()
    if not (given.data / FILE).is_file():
        print(f"{given.data / FILE} is not there: name the folder of the evaluation data, DATA=...")
        return 2
    sessions = load(given.data, given.half, given.limit)
    report: dict[str, Any] = {
        "half": given.half,
        "prompt_tokens": PROMPT if given.prompt is None else given.prompt,
        "scenarios": {},
    }
    for name in given.scenario or SCENARIOS:
        scenario = SCENARIOS[name]
        prompt = 0 if scenario.bare else given.prompt
        work = partial(one, given.data, name, prompt, given.anchors)
        chosen = [one for one in sessions if scenario.agent in ("", one.agent)]
        with ProcessPoolExecutor(given.jobs) as pool:
            outcomes = []
            for outcome in pool.map(work, chosen):
                outcomes.append(outcome)
                print(f"\r{name} {len(outcomes)}/{len(chosen)}", end="", file=sys.stderr)
        report["scenarios"][name] = found = summary(outcomes)
        _print(name, found)
    if not given.limit and not given.half:
        RESULTS.mkdir(exist_ok=True)
        text = json.dumps(report, indent=1) + "\n"
        (RESULTS / "billing.json").write_text(text, encoding="utf-8")
    return int(any(found["failed"] for found in report["scenarios"].values()))


def one(data: Path, name: str, prompt: int | None, anchors: int, session: Session) -> Outcome:
    """Replays one session in the scenario of that name; checks what was kept at `anchors` turns."""
    tokens = PROMPT[session.agent] if prompt is None else prompt
    scenario = SCENARIOS[name]
    replay = Replay(session, scenario.calls(session), tokens, scenario.openai)
    anchors_of = scorer(data)
    checks = Checks(replay.archive, anchors_of if anchors else None)
    fetches = Fetches(replay.bill, replay.prices, replay.count, anchors_of)
    turns = spread(max(map(len, session.conversations)), anchors) if anchors else frozenset()
    for sent in replay.run():
        checks.look(sent, turns)
        fetches.look(sent)
    return Outcome(replay.bill, checks.blocks, checks.anchors)


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The figures of one scenario, shares as numbers in [0, 1]."""
    bills = [outcome.bill for outcome in outcomes]
    saved, net = (
        sorted(of(bill) for bill in bills)
        for of in (lambda bill: bill.saved, lambda bill: bill.saved_net)
    )
    charge = sum(bill.fetch_cost for bill in bills)
    cpu = sorted(ms for bill in bills for ms in bill.cpu_ms)
    read = sum(bill.ours.billed.cache_read for bill in bills)
    found: dict[str, Any] = {
        "sessions": len(bills),
        "calls": sum(bill.calls for bill in bills),
        "saved": {
            "worst": saved[0],
            "p10": _at(saved, 0.1),
            "median": _at(saved, 0.5),
            "p90": _at(saved, 0.9),
            "together": _together(bills, lambda arm: arm.input_cost),
            "together_with_output": _together(bills, lambda arm: arm.cost),
            "input_tokens": _together(bills, lambda arm: arm.billed.all_input),
        },
        "saved_with_fetches_charged": {
            "worst": net[0],
            "median": _at(net, 0.5),
            "p90": _at(net, 0.9),
            "together": _together(bills, lambda arm: arm.input_cost)
            - _share(charge, sum(bill.direct.input_cost for bill in bills)),
        },
        "fetch_calls": sum(bill.fetches for bill in bills),
        "dearer_with_fetches_charged": sum(share < -TOLERATED for share in net) / len(net),
        "by_agent": {
            agent: _together([b for b in bills if b.agent == agent], lambda arm: arm.input_cost)
            for agent in sorted({bill.agent for bill in bills})
        },
        "dearer": sum(share < -TOLERATED for share in saved) / len(saved),
        "misses": sum(bill.misses for bill in bills),
        "unplanned_misses": sum(bill.unplanned for bill in bills),
        "rewritings": sum(bill.rewritings for bill in bills),
        "passed": sum(bill.passed for bill in bills),
        "unlike": sum(bill.unlike for bill in bills),
        "predicted_to_read": _share(sum(bill.predicted for bill in bills), read),
        "prediction_error": _share(sum(bill.error for bill in bills), read),
        "simulated_to_recorded": _share(
            sum(bill.simulated for bill in bills), sum(bill.recorded for bill in bills)
        ),
        "direct_usd": sum(bill.direct.input_cost for bill in bills),
        "ours_usd": sum(bill.ours.input_cost for bill in bills),
        "blocks": _kept(outcome.blocks for outcome in outcomes),
        "anchors": _kept(outcome.anchors for outcome in outcomes),
        "cpu_ms": {"median": _at(cpu, 0.5), "p90": _at(cpu, 0.9), "p99": _at(cpu, 0.99)},
    }
    found["failed"] = _failed(found)
    return found


def _failed(found: dict[str, Any]) -> list[str]:
    """The bars that are not met."""
    low = [f"{name} < {bar:.0%}" for name, bar in BARS.items() if found["saved"][name] < bar]
    none = ("dearer", "dearer_with_fetches_charged", "unplanned_misses")
    high = [f"{name} > 0" for name in none if found[name]]
    gone = [f"{name} gone > 0" for name in ("blocks", "anchors") if found[name]["gone"]]
    return [*low, *high, *gone]


def _together(bills: Iterable[Bill], of: Callable[[Arm], float]) -> float:
    bills = list(bills)
    return 1 - sum(of(bill.ours) for bill in bills) / sum(of(bill.direct) for bill in bills)


def _kept(counts: Iterable[Kept]) -> dict[str, int]:
    every = list(counts)
    return {n: sum(getattr(k, n) for k in every) for n in ("shown", "exact", "fetched", "gone")}


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _print(name: str, found: dict[str, Any]) -> None:
    saved = "  ".join(f"{key} {value:.1%}" for key, value in found["saved"].items())
    agents = "  ".join(f"{key} {value:.1%}" for key, value in found["by_agent"].items())
    print(f"\n{name}: {found['sessions']} sessions, {found['calls']:,} calls")
    print(f"  input bill saved: {saved}")
    net = found["saved_with_fetches_charged"]
    print(
        f"  with {found['fetch_calls']} calls charged that fetch what is hidden: "
        + "  ".join(f"{key} {value:.1%}" for key, value in net.items())
        + f"; dearer {found['dearer_with_fetches_charged']:.1%}"
    )
    print(f"  by agent: {agents}; ${found['direct_usd']:.2f} -> ${found['ours_usd']:.2f}")
    print(
        f"  sessions dearer than direct: {found['dearer']:.1%}; misses {found['misses']}, "
        f"unplanned {found['unplanned_misses']}; rewritings {found['rewritings']}; "
        f"passed {found['passed']}; unlike {found['unlike']}"
    )
    print(
        f"  cached tokens predicted / read {found['predicted_to_read']:.3f}, error "
        f"{found['prediction_error']:.3f}; simulated / recorded input "
        f"{found['simulated_to_recorded']:.2f}"
    )
    print(f"  shortened blocks, evidence: {found['blocks']}; anchors: {found['anchors']}")
    times = "  ".join(f"{key} {value:.1f}" for key, value in found["cpu_ms"].items())
    print(f"  CPU ms a call: {times}")
    print(f"  {'failed: ' + '; '.join(found['failed']) if found['failed'] else 'all bars met'}")


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--half", choices=("a", "b"), default="")
    options.add_argument("--limit", type=int, default=0, help="sessions, the same ones every time")
    options.add_argument("--prompt", type=int, help="tokens of tools and system text")
    options.add_argument("--anchors", type=int, default=6, help="turns a session to check; 0: none")
    options.add_argument("--scenario", action="append", choices=tuple(SCENARIOS))
    options.add_argument("--jobs", type=int, default=2)
    return options


if __name__ == "__main__":
    sys.exit(main())
