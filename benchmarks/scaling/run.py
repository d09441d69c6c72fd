"""CPU and peak memory by size of the input: kinds of text, and inputs made to provoke.

    python benchmarks/scaling/run.py
    python benchmarks/scaling/run.py [--largest 1000000] [--only NAME ...] [--blocks]
    python benchmarks/scaling/run.py --blocks --sources FOLDER

Each measurement is a process of its own, so that its peak is its own: it makes the text, counts it
once, and then runs one operation. `condense` shows the block in the fewest tokens that keep its
evidence; `excerpt` fits it into 2,000 tokens for a query; `session` compresses a conversation of
tool results of 5,000 tokens that hold it. CPU is of the operation alone; memory is the peak over
what the process held before (on Linux). Writes benchmarks/results/scaling.json, in which the rows
that were not measured stay as they were; with --largest, nothing.

The slope is that of log CPU over log size between the two largest sizes: 1 is linear.

Blocks are of 50,000 tokens, measured several times in one process: the least CPU counts, since the
machine may be shared. --blocks measures no curves. --sources adds a block in each language that
the folder has enough files of, as `source: LANGUAGE`: whole files as long as all of it parses, in
the order of the digests of their texts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from math import log
from os import getloadavg
from pathlib import Path

from material import KINDS, PROVOKING
from sources import joined

from aicontext.domain.context import Ask, Level
from aicontext.domain.messages import Message, Role
from aicontext.engine.compress.session import Renderer, compress_session
from aicontext.engine.estimate.vocabulary import tokenizer
from aicontext.engine.plan import Shown, fit, show

Row = dict[str, object]
RESULTS = Path(__file__).parent.parent / "results" / "scaling.json"
SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
BUDGET = 2_000
RESULT = 20_000
"""Characters of a session's tool results."""
QUERY = "Where is the deadlock in open_session handled?"
BLOCK, TIMES = 50_000, 15
"""Tokens of a block that is measured alone, and how often."""
LIMIT = 900
"""Seconds of a measurement at most."""
MAKERS = {**KINDS, **PROVOKING}
PATHS = {"code": "module.py"}


def condense(text: str, path: str) -> None:
    show(text, Ask(path=path), tokenizer("o200k"))


def excerpt(text: str, path: str) -> None:
    fit(text, Ask(query=QUERY, path=path), BUDGET, tokenizer("o200k"))


def session(text: str, path: str) -> None:
    count = tokenizer("o200k")

    def choose(text: str, ask: Ask, poorest: Level, /) -> Shown:
        return show(text, ask, count, poorest)

    messages = [Message(Role.USER, QUERY)]
    messages += [
        Message(Role.TOOL_RESULT, text[at : at + RESULT], call_id=str(at))
        for at in range(0, len(text), RESULT)
    ]
    compress_session(messages, range(len(messages)), Renderer(choose, count))


OPERATIONS: Mapping[str, Callable[[str, str], None]] = {
    "condense": condense,
    "excerpt": excerpt,
    "session": session,
}


def one(name: str, operation: str, tokens: int) -> dict[str, object]:
    """A measurement, in this process."""
    count, path = tokenizer("o200k"), PATHS.get(name, "")
    text = made(name, tokens)
    OPERATIONS[operation](text[:20_000], path)
    size = count(text)
    before = peak_anew()
    began = time.process_time()
    OPERATIONS[operation](text, path)
    spent = time.process_time() - began
    return {
        "input": name,
        "operation": operation,
        "tokens": size,
        "megabytes": round(len(text) / 1e6, 2),
        "cpu_s": round(spent, 4),
        "peak_mb": round((held("VmHWM") - before) / 1024, 1),
    }


def made(name: str, tokens: int) -> str:
    """Text of about so many tokens."""
    sample = MAKERS[name](200_000)
    return MAKERS[name](round(tokens * len(sample) / tokenizer("o200k")(sample)))


def block(name: str, operation: str, text: str, path: str) -> dict[str, object]:
    """The least CPU of a block, in this process."""
    least = 1e9
    for _ in range(TIMES):
        began = time.process_time()
        OPERATIONS[operation](text, path)
        least = min(least, time.process_time() - began)
    cpu = round(1_000 * least, 1)
    found = {"input": name, "operation": operation, "tokens": tokenizer("o200k")(text)}
    return {**found, "cpu_ms": cpu, "load": round(getloadavg()[0], 1)}


def held(what: str) -> int:
    """Kilobytes that Linux counts for this process: VmRSS now, VmHWM at most."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what))


def peak_anew() -> int:
    """Kilobytes held now; the peak is counted from here."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return held("VmRSS")


def measured(name: str, operation: str, tokens: int) -> dict[str, object]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--one", name, operation, str(tokens)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True)
    except subprocess.SubprocessError as error:
        return {"input": name, "operation": operation, "tokens": tokens, "error": repr(error)[:200]}
    found: dict[str, object] = json.loads(run.stdout)
    return found


def slope(rows: list[dict[str, object]]) -> float:
    """Of log CPU over log tokens between the last two sizes; 0 where one is missing."""
    sizes = {float(str(row["tokens"])): float(str(row.get("cpu_s", 0))) for row in rows}
    points = list(sizes.items())[-2:]
    if len(points) < 2 or not all(cpu for _, cpu in points):
        return 0.0
    (a, b), (c, d) = points
    return round(log(d / b) / log(c / a), 2)


def curves(names: list[str], sizes: tuple[int, ...]) -> Iterator[dict[str, object]]:
    for name in names:
        for operation in OPERATIONS:
            rows = [measured(name, operation, tokens) for tokens in sizes]
            print(name, operation, [(row.get("cpu_s"), row.get("peak_mb")) for row in rows])
            sys.stdout.flush()
            yield {"input": name, "operation": operation, "slope": slope(rows), "points": rows}


def blocks(names: list[str], sources: Path | None) -> Iterator[dict[str, object]]:
    texts = [(name, made(name, BLOCK), PATHS.get(name, "")) for name in names]
    if sources:
        texts += joined(sources, BLOCK, tokenizer("o200k"))
    for name, text, path in texts:
        for operation in ("condense", "excerpt"):
            found = block(name, operation, text, path)
            print(found)
            sys.stdout.flush()
            yield found


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    cli.add_argument("--largest", type=int, default=SIZES[-1], help="tokens of the largest input")
    cli.add_argument("--only", nargs="*", default=list(MAKERS), help="inputs by name")
    cli.add_argument("--blocks", action="store_true", help="a block of 50,000 tokens only")
    cli.add_argument("--sources", type=Path, help="a folder of source files in many languages")
    options = cli.parse_args()
    if options.one:
        name, operation, tokens = options.one
        print(json.dumps(one(name, operation, int(tokens))))
        return
    sizes = () if options.blocks else tuple(size for size in SIZES if size <= options.largest)
    found = {
        "blocks": list(blocks([n for n in options.only if n in KINDS], options.sources)),
        "curves": list(curves(options.only, sizes)) if sizes else [],
    }
    if sizes in ((), SIZES):
        kept = json.loads(RESULTS.read_text(encoding="utf-8"))
        made = {part: _renewed(kept[part], rows) for part, rows in found.items()}
        RESULTS.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _renewed(kept: list[Row], rows: list[Row]) -> list[Row]:
    """All rows, those that were measured in the place of the same ones."""
    named = {(row["input"], row["operation"]): row for row in (*kept, *rows)}
    return list(named.values())


if __name__ == "__main__":
    main()
