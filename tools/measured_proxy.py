"""The page of docs/reference that says what the proxy saves and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from measured_pages import table
from results import result

_MONEY = (("median", 0.25), ("p90", 0.48), ("together", 0.48))
"""Shares of the input bill, and their aims."""


def proxy() -> Iterator[str]:
    yield "# What the proxy saves and what it costs"
    found = result("billing")["scenarios"]
    each = found.values()
    dearer = max(max(one["dearer"], one["dearer_with_fetches_charged"]) for one in each)
    yield (
        f"{found['bare']['sessions']} real sessions, each call billed as Anthropic and OpenAI "
        "bill it, direct and through the proxy: bare, as the records stand; with the tools and the "
        "system text that they lack, of a usual size; and branched, with forks, rewinds and "
        f"retries as well. {100 * dearer:g} % were dearer than direct, also where each "
        "original that the model may have missed is charged as fetched, and "
        f"{sum(one['unplanned_misses'] for one in each)} calls missed the cache unplanned. "
        "`make bench-billing` does it again."
    )
    head = ("input bill saved", "bare", "with prompt", "branched", "aim", "met, bare")
    yield table(head, list(_saved()))
    held = 100 * found["bare"]["by_agent"]["Codex"]
    dropped, written = (100 * found[one]["saved"]["together"] for one in ("dropped", "written"))
    yield (
        f"OpenAI keeps prefixes for a day here: so Codex's {found['dropped']['sessions']} sessions "
        f"save {held:.1f} % together, bare. Where it drops them after ten minutes they save "
        f"{dropped:.1f} %, and with GPT-5.6, which charges for what it writes, {written:.1f} %."
    )
    charged = found["bare"]["saved_with_fetches_charged"]
    yield (
        "The aims are of the records as they stand. Only tools' results are ever changed, and of "
        "them no reads of files that were edited; `benchmarks/billing/README.md` says what share "
        "of the bill they are. With each original that may have been missed charged as fetched, "
        "bare sessions save "
        f"{100 * charged['median']:.1f} % in the median, {100 * charged['p90']:.1f} % at the 90th "
        f"percentile and {100 * charged['together']:.1f} % together."
    )
    yield from _beside()
    yield "## Time and memory"
    yield (
        "One worker, with plans and usage events on record, beside LiteLLM before the same "
        "upstream with the same loader; CPU is that of the whole process. "
        "`make bench-proxy` does it again."
    )
    yield table(("measured", "aicontext", "LiteLLM", "aim", "met"), list(_overhead()))


def _saved() -> Iterator[tuple[str, ...]]:
    found = result("billing")["scenarios"]
    names = {"median": "median session", "p90": "90th percentile", "together": "all together"}
    for key, aim in _MONEY:
        each = [found[scenario]["saved"][key] for scenario in ("bare", "recorded", "branched")]
        shown = (f"{100 * value:.1f} %" for value in each)
        yield names[key], *shown, f"{100 * aim:.0f} %", "yes" if each[0] >= aim else "no"


def _beside() -> Iterator[str]:
    found = result("billing-peers")
    yield "## Beside other proxies"
    yield (
        "The same calls over HTTP, forks and retries included, each proxy before a provider of its "
        f"own that bills alike, in one run: {found['sessions']} sessions, of each the first "
        f"{found['calls_of_a_session']} calls, so that less is saved than over whole sessions. "
        "Claude Code's attribution changes with each call, as its native builds have it, and no "
        "cache sees it. Dearer are sessions that cost over half a percent more than direct. "
        "`make bench-billing-peers` does it again."
    )
    head = ("input bill saved", "worst", "median", "90th percentile", "together", "dearer", "CPU")
    yield table(
        head, [_arm(name, arm) for name, arm in found["arms"].items() if arm["cpu_seconds"]]
    )


def _arm(name: str, arm: Any) -> tuple[str, ...]:
    saved = (arm["saved"][key] for key in ("worst", "median", "p90", "together"))
    shown = (f"{round(100 * share, 1) + 0.0:.1f} %" for share in (*saved, arm["dearer"]))
    called = {"ours": "aicontext", "litellm": "LiteLLM, plain"}.get(name, name)
    return called, *shown, f"{1000 * arm['cpu_seconds'] / arm['calls']:.0f} ms a call"


def _overhead() -> Iterator[tuple[str, ...]]:
    found = result("proxy-overhead")
    ours, peer = found["aicontext"], found.get("litellm", {})
    first = ours["stream_c1"]["first_p50_ms"] - found["direct"]["stream_c1"]["first_p50_ms"]

    def row(name: str, value: float, aim: float, unit: str, key: str = "") -> Any:
        other = peer.get(key.partition(".")[0], "")
        other = other.get(key.partition(".")[2], "") if isinstance(other, dict) else other
        beside = f"{other:,.2f} {unit}" if other != "" else ""
        met = value >= aim if unit == "/s" else value <= aim
        return name, f"{value:,.2f} {unit}", beside, f"{aim:,g} {unit}", "yes" if met else "no"

    yield row("2 KB passed on unread", ours["pass_2k_c1"]["cpu_ms"], 0.5, "ms")
    yield row("220 KB passed on unread", ours["pass_220k_c1"]["cpu_ms"], 0.7, "ms")
    whole = ours["220k_c1"]["cpu_ms"]
    yield row("220 KB, planned, its blocks known", whole, 1.2, "ms", "220k_c1.cpu_ms")
    yield row("a new block of 50,000 tokens", ours["new_block"]["cpu_ms"], 35, "ms")
    chunk = ours["stream_c1"]["cpu_ms_per_chunk"]
    yield row("a chunk of a stream", chunk, 0.08, "ms", "stream_c1.cpu_ms_per_chunk")
    yield row("first token later by", first, 3, "ms")
    yield row("requests, 64 at once", ours["2k_c64"]["rps"], 1500, "/s", "2k_c64.rps")
    yield row("start", ours["start_seconds"], 1.5, "s", "start_seconds")
    yield row("memory after calls of each kind", ours["rss_mb"], 120, "MB", "rss_mb")
    if "soak" in ours:
        grown = ours["soak"]["growth_mb"] * 1e5 / ours["soak"]["requests"]
        yield row("growth in 100,000 requests", grown, 1, "MB")
