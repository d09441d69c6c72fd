"""Tokens saved and probes kept, ours and peers', on the same inputs in the same run.

    python benchmarks/condense/run.py

Peers run with their defaults on a tool result that follows the question. Tokens are o200k_base.
Writes benchmarks/results/condense.json. Times are of a second call, with a line end added.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module, metadata
from pathlib import Path

from inputs import Input, inputs

import aicontext

MODEL = "gpt-4o"
RESULTS = Path(__file__).parent.parent / "results"
System = Callable[[Input], str]


def conversation(case: Input) -> list[dict[str, object]]:
    arguments = json.dumps({"command": case.command})
    call = {"id": "c1", "type": "function", "function": {"name": case.tool, "arguments": arguments}}
    return [
        {"role": "user", "content": case.query or "Look at this."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": case.text},
    ]


def ours(case: Input) -> str:
    if case.tool == "Read":
        return str(aicontext.optimize(case.text, model=MODEL, query=case.query).content)
    result = aicontext.optimize(conversation(case), model=MODEL)
    return str(result.content[-1]["content"])


def headroom(case: Input) -> str:
    result = import_module("headroom").compress(conversation(case), model=MODEL)
    return str(result.messages[-1]["content"])


def terse(case: Input) -> str:
    if not case.lossless:
        return case.text
    packed = import_module("terse.transforms").compress(json.loads(case.text))
    return packed if isinstance(packed, str) else json.dumps(packed, separators=(",", ":"))


SYSTEMS: dict[str, tuple[str, str, System]] = {
    "aicontext": ("aicontext", "ai-context-platform", ours),
    "headroom": ("headroom", "headroom-ai", headroom),
    "terse": ("terse", "terse-mcp", terse),
}


def main() -> int:
    rows = []
    for name, (module, distribution, system) in SYSTEMS.items():
        if importlib.util.find_spec(module) is None:
            print(f"{distribution} is not installed here: left out", file=sys.stderr)
            continue
        version = metadata.version(distribution)
        rows += [{"system": f"{name} {version}", **measure(case, system)} for case in inputs()]
    for row in rows:
        print("  ".join(str(value).ljust(18) for value in row.values()))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "condense.json").write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    return 0


def measure(case: Input, system: System) -> dict[str, object]:
    def tokens(text: str) -> int:
        return aicontext.estimate(text, model=MODEL).tokens

    shown = system(case)
    changed = replace(case, text=case.text + "\n")  # So that nothing remembered can answer.
    started = time.process_time()
    system(changed)
    spent = time.process_time() - started
    plain = " ".join(shown.replace('\\"', '"').split())
    kept = sum(" ".join(probe.split()) in plain for probe in case.probes)
    before = tokens(case.text)
    return {
        "input": case.name,
        "tokens": before,
        "saved_percent": round(100 * (1 - tokens(shown) / before), 1),
        "probes": f"{kept}/{len(case.probes)}",
        "cpu_ms": round(1000 * spent, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
