"""Pages of docs/reference that say what benchmarks measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from results import result


def agents() -> Iterator[str]:
    yield "# Tools that were run"
    yield (
        "Each was started by `aicontext run` before a provider of ours whose model follows a "
        "script: it runs tests that print a long log, reads a file, runs the tests again and is "
        "done. Every call went through the proxy and is on record, the provider refused none, and "
        "the messages of one turn stood unchanged in the next, the marks for the cache aside, "
        "which the tools move themselves. A library is run by a program of ours that makes an "
        "agent with a shell of it. `make test-agents` runs them again. The tokens are those of "
        "such a short session: they show that it works, not what is saved. Aider has no "
        "tools: what commands print are words of its user there, which are never changed, so that "
        "its calls are measured alone."
    )
    rows = result("agents")["agents"]
    yield table(
        ("tool", "package", "protocol", "calls", "tokens direct", "tokens sent"),
        [
            (
                row["agent"],
                f"`{row['package']}` {row['version']}",
                ", ".join(row["wire"]) + (" over a WebSocket" if row["websocket"] else ""),
                f"{row['calls']}",
                f"{row['direct_tokens']:,}",
                f"{row['sent_tokens']:,}",
            )
            for row in rows
        ],
    )
    yield (
        "The test suite runs the official SDKs in the same way, beside the same work at the "
        "provider itself: `openai`, `anthropic` and `google-genai` for Python, `openai`, "
        "`@anthropic-ai/sdk` and `@google/genai` for Node."
    )
    yield "## Libraries in their own process"
    yield (
        "Each with the [one line](../howto/middleware.md) that makes its calls smaller, before the "
        "same provider: the bytes of the last request, or of what was found, without and with it. "
        "`make test-frameworks` runs them again, and the MCP inspector's command line on each tool "
        "of the MCP server, over a pipe and over HTTP. The test suite does the same with the SDKs "
        "of OpenAI and Anthropic."
    )
    rows = result("frameworks")["libraries"]
    yield table(
        ("package", "by", "bytes without", "bytes with"),
        [
            (
                f"`{row['package']}` {row['version']}",
                row["how"],
                f"{row['direct_bytes']:,}",
                f"{row['sent_bytes']:,}",
            )
            for row in rows
        ],
    )
    yield "## By their hooks"
    yield (
        "The same work at the provider itself, with no proxy between: `aicontext connect TOOL "
        "--via hooks` edits the tool's settings, the tool runs, `aicontext doctor` finds that its "
        "hooks work, and `aicontext disconnect` puts the settings back byte for byte. What the "
        "provider got holds the shorter outputs with their marks, each turn as it stood before."
    )
    rows = result("hooks")["agents"]
    yield table(
        ("tool", "package", "hooks called", "outputs shortened", "their tokens", "as given"),
        [
            (
                row["agent"],
                f"`{row['package']}` {row['version']}",
                f"{row['hooks']}",
                f"{row['shortened']}",
                f"{row['original_tokens']:,}",
                f"{row['optimized_tokens']:,}",
            )
            for row in rows
        ],
    )

    yield "## What a hook costs"
    found = result("hook-speed")
    yield (
        f"Processor time of the whole program, the least of {found['times']} runs, for Claude "
        "Code's event after a command. `python benchmarks/agents/hook_speed.py` does it again."
    )
    yield table(("", "ms"), [(words, f"{found['cpu_ms'][name]}") for name, words in _HOOKS.items()])


_HOOKS = {
    "nothing_to_say": "nothing to say",
    "by_helper": "a long output, by the helper",
    "helper_started": "the same where the helper has to be started",
    "alone": "a long output alone (Windows, or `AICONTEXT_HOOK_IDLE=0`)",
}


def server() -> Iterator[str]:
    yield "# What the server costs"
    found = result("api")
    yield (
        f"`aicontext serve --services api` answers {found['start_seconds']} s after it was "
        f"started, and takes {found['rss_idle_mb']:.0f} MB then and {found['rss_mb']:.0f} MB after "
        f"all that stands here. One process, Python {found['python']}, {found['cores']} cores at a "
        f"load of {found['load_before']:.1f}; who asks runs beside it. `make bench-api` does it "
        "again."
    )
    added = result("embedded")["new"]
    yield (
        f"Of that the embedded data layer adds {added['mb']:.0f} MB and {added['clock_s']:.2f} s, "
        "in an empty folder (`python benchmarks/events/embedded.py`)."
    )
    yield "## Contexts of 50,000 tokens"
    yield table(
        ("what", "tokens", "first, median", "again, median"),
        [
            (
                name,
                f"{row['tokens']:,}",
                f"{row['cold_p50_ms']:.0f} ms",
                f"{row['cached_p50_ms']:.1f} ms",
            )
            for name, row in found["contexts"].items()
        ],
    )
    yield "## Small requests"
    yield "Each with a key, over connections that are kept; the last rows are another server's."
    rows = [(*_request(name), row) for name, row in found["small"].items()]
    if "litellm" in found:
        peer = found["litellm"].items()
        rows += [
            (f"LiteLLM: {words}", at_once, row)
            for name, row in peer
            if name.startswith("models_")
            for words, at_once in [_request(name)]
        ]
    yield table(
        ("request", "at once", "a second", "p50", "p99", "CPU"),
        [
            (
                words,
                at_once,
                f"{row['rps']:,.0f}",
                f"{row['p50_ms']:.1f} ms",
                f"{row['p99_ms']:.1f} ms",
                f"{row['cpu_ms']:.2f} ms",
            )
            for words, at_once, row in rows
        ],
    )
    yield "## What stands before the work"
    cpu = found["gate_cpu_ms"]
    yield (
        f"Who asks with a key, three limits and an `Idempotency-Key`: "
        f"{cpu['auth_limits_idempotency']:.2f} ms of processor time a request. A decision of the "
        f"policy: {cpu['policy'] * 1000:.0f} µs. To reserve of a hard budget and to book: "
        f"{cpu['reserve_and_settle']:.1f} ms."
    )


def _request(name: str) -> tuple[str, str]:
    words, _, at_once = name.rpartition("_c")
    return words.replace("_", " "), at_once


def durability() -> Iterator[str]:
    yield "# What survives a kill"
    found = result("durability")
    yield (
        "A process writes into a store, group after group, and says what was acknowledged; at a "
        "seeded moment it is killed with SIGKILL, and another looks for all that it said. Where a "
        "server stands behind the store, it is killed as well, every tenth time. Power was never "
        f"cut. {found['cores']} cores at a load of {found['load']}: read the losses rather than "
        "the speed. `python benchmarks/durability/run.py` does it again."
    )
    yield table(
        ("store", "kills", "of the server", "a group", "acknowledged", "lost", "a second"),
        [
            (
                _STORES[name],
                f"{row['kills']}",
                f"{row['server_kills']}",
                f"{row['group']}",
                f"{row['acknowledged']:,}",
                f"{row['lost']}",
                f"{row['acknowledged_per_second']:,}",
            )
            for name, row in found["stores"].items()
        ],
    )
    yield "## On the way"
    yield (
        "Usage events are published, 500 at once, and a worker brings them into the store. Both "
        "are killed each time, and every tenth time the server too, where it keeps what it "
        "acknowledged: in memory Tansu does not, and is let live; one that keeps messages in S3 is "
        "killed each time, and its S3, a stand-in whose speed tells nothing, is let live. At the "
        "end a worker does what "
        "waits, and what was acknowledged is looked for in the store, SQLite. Then, without "
        "kills, 2,000 events a second for 20 seconds: how long after its acknowledgement a query "
        "finds an event. Others were at work on the two cores, at the load that is told. `python "
        "benchmarks/durability/pipeline.py` does it again."
    )
    head = "bus", "kills", "of the server", "acknowledged", "lost", "twice", "a second"
    yield table(
        (*head, "found after (median, 95 %, longest)", "load of either"),
        [
            (
                _BUSES[name],
                f"{row['kills']} + {row['worker_kills']}",
                f"{row['server_kills']}",
                f"{row['acknowledged']:,}",
                f"{row['lost']}",
                f"{row['doubled']}",
                *_speed(row),
            )
            for name, row in found["pipelines"].items()
        ],
    )


def _speed(row: Mapping[str, Any]) -> tuple[str, str, str]:
    if "arrival" not in row:
        return "-", "-", f"{row['load']}"
    arrival = row["arrival"]
    return (
        f"{row['acknowledged_per_second']:,}",
        " / ".join(f"{arrival[key]:,} ms" for key in ("p50_ms", "p95_ms", "max_ms")),
        f"{row['load']}, {arrival['load']}",
    )


def vectors() -> Iterator[str]:
    yield "# How fast vectors are found"
    found = result("vectors")
    yield (
        "Vectors of 384 dimensions, made in clusters, of 50 tenants whose sizes fall as Zipf's law "
        "says and of 20 users each. The ten most alike are asked for under a filter that leaves so "
        "many; recall is the share of what comparing all finds. CPU counts the whole process, and "
        "for PostgreSQL only our side of it. Two cores that others used at the load that is told: "
        "the wall clock shows that as well. `python benchmarks/vectors/run.py STORE` does it again."
    )
    yield table(
        ("store", "vectors", "left", "CPU", "median", "p95", "recall", "load"),
        [
            (
                _VECTORS[store],
                f"{row['amount']:,}",
                f"{search['left']:,}",
                f"{search['cpu_ms']:.1f} ms",
                f"{search['p50_ms']:.1f} ms",
                f"{search['p95_ms']:.1f} ms",
                f"{search['recall']:.3f}",
                f"{row['load']}",
            )
            for store, row in found.items()
            for search in row["searches"].values()
        ],
    )
    yield table(
        ("store", "vectors", "put a second", "in the index after", "one removed", "memory", "disk"),
        [
            (
                _VECTORS[store],
                f"{row['amount']:,}",
                f"{row['put_per_s']:,}",
                f"{row['ready_s']:.0f} s",
                f"{row['removed']['one_ms']:.1f} ms",
                f"{row['memory']['own_mib']:,} MiB, {row['memory']['files_mib']:,} of files",
                f"{row['disk_mib']:,} MiB" if row["disk_mib"] else "",
            )
            for store, row in found.items()
        ],
    )


_VECTORS = {
    "exact": "a file, all compared",
    "pgvector": "PostgreSQL, pgvector",
    "qdrant": "a file, Qdrant's engine",
}

_BUSES = {
    "sqlite": "SQLite file",
    "redis": "Redis",
    "postgresql": "PostgreSQL",
    "kafka": "Kafka's protocol (Tansu in memory)",
    "kafka-s3": "Kafka's protocol (Tansu over S3)",
}

_STORES = {
    "events": "usage events, SQLite",
    "archive": "originals, SQLite",
    "records-sqlite": "records, SQLite",
    "records-postgresql": "records, PostgreSQL",
}


def usage_sums() -> Iterator[str]:
    yield "# How soon sums of usage are answered"
    found = result("events")
    loads = " and ".join(f"{row['load']}" for row in found.values())
    yield (
        "A year of an organisation, made from a seed. Twelve questions of a dashboard, over spans "
        "of time that begin and end at any moment, each asked ten times by a process of its own; "
        "then each is asked of the events themselves, and of the ledger, and compared. Processor "
        f"time is of all threads; the clock's is of 2 cores at a load of {loads} in all, the "
        "benchmark's own work among it. In ClickHouse's engine all "
        "but the first hundredth are copies with other ids, users, sessions and times, so their "
        "disk is not told. Asked again: the API's report, which is kept while nothing is taken in. "
        "`python benchmarks/events/run.py` does it again."
    )
    yield table(
        ("store", "events", "CPU p50", "CPU p95", "clock p95", "asked again, CPU p95", "unequal"),
        [
            (
                {"sqlite": "SQLite", "clickhouse": "ClickHouse's engine"}[name],
                f"{row['events']:,}",
                f"{row['cpu_ms']['p50']:.0f} ms",
                f"{row['cpu_ms']['p95']:.0f} ms",
                f"{row['clock_ms']['p95']:.0f} ms",
                f"{row['reports']['again_cpu_ms']['p95']} ms" if "reports" in row else "-",
                f"{len(row['unequal'])}",
            )
            for name, row in found.items()
        ],
    )
    yield table(
        ("question", *(f"{name}, CPU ms" for name in found)),
        [
            (question, *(f"{row['cpu_ms_of_each'][question]:.0f}" for row in found.values()))
            for question in next(iter(found.values()))["cpu_ms_of_each"]
        ],
    )

    yield "## What is kept"
    kept = result("cache")
    yield (
        "A value that is kept is answered from the process's memory in "
        f"{kept['memory']['clock_us']} µs, and from Redis in {kept['redis']['clock_us']} µs "
        f"({kept['redis']['cpu_us']} µs of processor time on our side), at a load of "
        f"{kept['load']}. Of {kept['at_once']:,} that miss it at once {kept['made']} makes it. "
        "`python benchmarks/cache/run.py` does it again."
    )


def scaling() -> Iterator[str]:
    yield "# Time and memory by size"
    found = result("scaling")
    yield (
        "CPU, the peak of memory over what the text itself takes, and in brackets the slope, which "
        "is 1 where ten times the text takes ten times as long; each in a process of its own. "
        "Memory of 0 is less than was free anyway. [How it grows]"
        "(../explanation/scaling.md) says what the inputs and operations are. "
        "`python benchmarks/scaling/run.py` does it again."
    )
    operations = list(dict.fromkeys(row["operation"] for row in found["curves"]))
    curves = {(row["input"], row["operation"]): row for row in found["curves"]}
    yield table(
        ("input", "tokens", *operations),
        [
            (
                name,
                f"{curves[name, operations[0]]['points'][-1]['tokens'] / 1e6:.1f} M",
                *(_curve(curves[name, operation]) for operation in operations),
            )
            for name in dict.fromkeys(row["input"] for row in found["curves"])
        ],
    )
    yield "## A block of 50,000 tokens"
    loads = sorted(row["load"] for row in found["blocks"])
    yield (
        "The least CPU of several runs in milliseconds, on 2 cores at a load of "
        f"{loads[0]}-{loads[-1]}, the benchmark's own work among it. The aim is 30."
    )
    times = {(row["input"], row["operation"]): row["cpu_ms"] for row in found["blocks"]}
    shown = list(dict.fromkeys(row["operation"] for row in found["blocks"]))
    yield table(
        ("input", *shown),
        [
            (name, *(f"{times[name, operation]:.0f}" for operation in shown))
            for name in dict.fromkeys(row["input"] for row in found["blocks"])
        ],
    )


def _curve(row: dict[str, Any]) -> str:
    last = row["points"][-1]
    return f"{last['cpu_s']:.2f} s, {last['peak_mb']:.0f} MB ({row['slope']:.2f})"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    rule = tuple("---" for _ in head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))
