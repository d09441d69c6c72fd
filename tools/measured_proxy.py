"""The page of docs/reference that says what the proxy saves and what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from measured_pages import ROOT, table

_MONEY = (("median", 0.25, 26.2), ("p90", 0.48, 55.7), ("together", 0.48, 40.9))
"""Shares of the input bill, their aims, and the bound in percent (benchmarks/billing/README.md)."""

_WHOLE = "no: aiohttp's own way of 220 KB and the looks at each message, in Python"
_MEMORY = "no: 60 MB are the vocabulary's, in every exact package that is linear"


def proxy() -> Iterator[str]:
    yield "# What the proxy saves and what it costs"
    found = _result("billing")["scenarios"].values()
    dearer = max(max(one["dearer"], one["dearer_with_fetches_charged"]) for one in found)
    yield (
        f"{next(iter(found))['sessions']} real sessions, each call billed as Anthropic and OpenAI "
        "bill it, direct and through the proxy: as they were recorded, and branched, with forks, "
        f"rewinds and retries. {100 * dearer:g} % were dearer than direct, also where each "
        "original that the model may have missed is charged as fetched, and "
        f"{sum(one['unplanned_misses'] for one in found)} calls missed the cache unplanned. "
        "`make bench-billing` does it again."
    )
    head = ("input bill saved", "recorded", "branched", "aim", "met", "bound, recorded")
    yield table(head, list(_saved()))
    yield (
        "The bound is what could be saved had every result been shown at 12 % from its birth and "
        "nothing ever been fetched, with the reads of files that were edited or named by the user "
        "left whole, as the rules ask. In the median session tool results are 42 % of the input "
        "bill; the rest is never changed. So the last aim cannot be met by any method that keeps "
        "the rules, and the median only by one that loses hardly anything of the bound."
    )
    yield "## Time and memory"
    yield (
        "One worker, with plans and usage events on record, beside LiteLLM before the same "
        "upstream with the same loader; CPU is that of the whole process. "
        "`make bench-proxy` does it again."
    )
    yield table(("measured", "aicontext", "LiteLLM", "aim", "met"), list(_overhead()))


def _saved() -> Iterator[tuple[str, ...]]:
    found = _result("billing")["scenarios"]
    names = {"median": "median session", "p90": "90th percentile", "together": "all together"}
    for key, aim, bound in _MONEY:
        each = [found[scenario]["saved"][key] for scenario in ("recorded", "branched")]
        met = "yes" if min(each) >= aim else "no"
        shown = (f"{100 * value:.1f} %" for value in each)
        yield names[key], *shown, f"{100 * aim:.0f} %", met, f"{bound} %"


def _overhead() -> Iterator[tuple[str, ...]]:
    found = _result("proxy-overhead")
    ours, peer = found["aicontext"], found.get("litellm", {})
    first = ours["stream_c1"]["first_p50_ms"] - found["direct"]["stream_c1"]["first_p50_ms"]

    def row(name: str, value: float, aim: float, unit: str, why: str, key: str = "") -> Any:
        other = peer.get(key.partition(".")[0], "")
        other = other.get(key.partition(".")[2], "") if isinstance(other, dict) else other
        beside = f"{other:,.2f} {unit}" if other != "" else ""
        met = value >= aim if unit == "/s" else value <= aim
        return name, f"{value:,.2f} {unit}", beside, f"{aim:,g} {unit}", "yes" if met else why

    yield row("2 KB passed on unread", ours["pass_2k_c1"]["cpu_ms"], 0.5, "ms", "no")
    yield row("220 KB passed on unread", ours["pass_220k_c1"]["cpu_ms"], 0.7, "ms", "no")
    whole = ours["220k_c1"]["cpu_ms"]
    yield row("220 KB, planned, its blocks known", whole, 1.2, "ms", _WHOLE, "220k_c1.cpu_ms")
    yield row("a new block of 50,000 tokens", ours["new_block"]["cpu_ms"], 35, "ms", "no")
    chunk = ours["stream_c1"]["cpu_ms_per_chunk"]
    yield row("a chunk of a stream", chunk, 0.08, "ms", "no", "stream_c1.cpu_ms_per_chunk")
    yield row("first token later by", first, 3, "ms", "no")
    yield row("requests, 64 at once", ours["2k_c64"]["rps"], 1500, "/s", "no", "2k_c64.rps")
    yield row("start", ours["start_seconds"], 1.5, "s", "no", "start_seconds")
    yield row("memory after calls of each kind", ours["rss_mb"], 120, "MB", _MEMORY, "rss_mb")
    if "soak" in ours:
        grown = ours["soak"]["growth_mb"] * 1e5 / ours["soak"]["requests"]
        yield row("growth in 100,000 requests", grown, 1, "MB", "no")


def _result(name: str) -> Any:
    return json.loads((ROOT / f"benchmarks/results/{name}.json").read_text())
