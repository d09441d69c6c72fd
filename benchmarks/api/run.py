"""What the API costs: start, memory, contexts of 50 K tokens cold and cached, small requests.

    python benchmarks/api/run.py [--rounds 12] [--seconds 4] [--litellm VENV] [--write]

The server runs on one core, the loader on another, over loopback, with a key, stores on disk and
all layers. CPU is user and system time of the server, from the kernel. Contexts are conversations
with one tool output of about 50 K tokens, each round a new one; "cached" sends the same body again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks/proxy"))

from overhead import Server, free_port, measured, started  # noqa: E402

TARGET = ROOT / "benchmarks/results/api.json"
TOKENS = 50_000


def log(chance: random.Random, tokens: int) -> str:
    lines = (
        f"2026-11-28T12:{i // 60 % 60:02d}:{i % 60:02d} {chance.choice(('INFO', 'INFO', 'WARN'))}"
        f" [worker-{chance.randrange(16)}] GET /api/items/{chance.randrange(900)}"
        f" {chance.choice((200, 200, 404))} in {chance.randrange(300)} ms"
        for i in range(tokens // 31)
    )
    return "\n".join(lines)


def table(chance: random.Random, tokens: int) -> str:
    names = ("ada", "grace", "alan", "edsger", "barbara")
    rows = [
        {"id": i, "name": chance.choice(names), "paid": bool(i % 3), "sum": chance.randrange(10**5)}
        for i in range(tokens // 31)
    ]
    return json.dumps(rows, indent=1)


def prose(chance: random.Random, tokens: int) -> str:
    words = ["".join(chance.choices("abcdefghijklm", k=chance.randint(2, 9))) for _ in range(3000)]
    lines = (" ".join(chance.choices(words, k=12)).capitalize() + "." for _ in range(tokens // 36))
    return "\n".join(lines)


MADE: dict[str, Callable[[random.Random, int], str]] = {"log": log, "table": table, "prose": prose}


class Client:
    """One connection that stays open."""

    def __init__(self, port: int, key: str = "") -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"content-type": "application/json"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, body: Any = None) -> tuple[float, dict[str, str], Any]:
        """(milliseconds, headers, body)."""
        sent = None if body is None else json.dumps(body).encode()
        began = time.perf_counter()
        self._http.request(method, path, sent, self._headers)
        answer = self._http.getresponse()
        found = answer.read()
        took = 1000 * (time.perf_counter() - began)
        assert answer.status < 300, found[:300]
        return took, {k.lower(): v for k, v in answer.getheaders()}, json.loads(found)


def contexts(server: Server, client: Client, kind: str, rounds: int) -> dict[str, Any]:
    """p50 of new contexts, and of the same ones again."""
    chance, cold, cached, cpu, stages = random.Random(7), [], [], [], []
    tokens = 0
    for number in range(rounds + 2):
        text = f"run {number}\n{MADE[kind](chance, TOKENS)}"
        talk = [
            {"role": "user", "content": "What went wrong?"},
            {"role": "tool", "tool_call_id": "1", "content": text},
        ]
        body = {"context": talk, "model": "gpt-4o"}
        before = server.cpu()
        took, headers, found = client.ask("POST", "/api/v1/context/optimize", body)
        tokens = found["original_tokens"]
        if number >= 2:
            cpu.append(1000 * (server.cpu() - before))
            cold.append(took)
            stages.append(_stage(headers, "work"))
            cached += [client.ask("POST", "/api/v1/context/optimize", body)[0] for _ in range(3)]
    return {
        "tokens": tokens,
        "cold_p50_ms": round(statistics.median(cold), 2),
        "cold_best_ms": round(min(cold), 2),
        "cold_work_p50_ms": round(statistics.median(stages), 2),
        "cold_cpu_mean_ms": round(statistics.mean(cpu), 1),
        "cached_p50_ms": round(statistics.median(cached), 2),
        "cached_best_ms": round(min(cached), 2),
    }


def small(server: Server, key: str, team: str, seconds: float) -> dict[str, Any]:
    """Small requests on one connection and on sixteen."""
    headers = (f"Authorization: Bearer {key}",)
    asked: dict[str, Any] = {
        "who_am_i": {"method": "GET", "path": "/api/v1/users/me"},
        "read_a_setting": {"method": "GET", "path": "/api/v1/settings/theme"},
        "read_a_team": {"method": "GET", "path": f"/api/v1/enterprise/teams/{team}"},
        "list_teams": {"method": "GET", "path": "/api/v1/enterprise/teams"},
        "version": {"method": "GET", "path": "/version"},
    }
    return {
        f"{name}_c{c}": measured(server, seconds, headers=headers, c=c, **given)
        for name, given in asked.items()
        for c in (1, 16)
    }


def _stage(headers: dict[str, str], name: str) -> float:
    for one in headers["server-timing"].split(", "):
        stage, _, took = one.partition(";dur=")
        if stage == name:
            return float(took)
    return 0.0


def run(rounds: int, seconds: float) -> dict[str, Any]:
    port = free_port()
    command = [sys.executable, "-m", "aicontext", "serve", "--services", "api"]
    with tempfile.TemporaryDirectory(prefix="aicontext-") as home:
        given = {"AICONTEXT_HOME": home, "AICONTEXT_API_PORT": str(port)}
        with started(0, command, port, **given) as (process, took):
            server = Server("api", process, port, "", (), took)
            found: dict[str, Any] = {"start_seconds": took, "start_cpu_seconds": server.cpu()}
            local = Client(port)
            first, _, _ = local.ask("POST", "/api/v1/context/optimize", {"context": "hello"})
            found |= {"first_context_ms": round(first, 1), "rss_idle_mb": server.rss()}
            scopes = ["*"]
            made = local.ask("POST", "/api/v1/keys", {"name": "benchmark", "scopes": scopes})[2]
            client = Client(port, made["secret"])
            client.ask("PUT", "/api/v1/settings/theme", {"value": "dark"})
            team = client.ask("POST", "/api/v1/enterprise/teams", {"name": "A", "slug": "a"})[2]
            found["small"] = small(server, made["secret"], team["id"], seconds)
            found["contexts"] = {kind: contexts(server, client, kind, rounds) for kind in MADE}
            found["rss_mb"] = server.rss()
    return found | {"gate_cpu_ms": gate()}


def litellm(venv: Path, seconds: float) -> dict[str, Any]:
    """LiteLLM's cheapest authenticated GET, with the key of its settings. Its routes about keys and
    spending want a database by way of Prisma, whose engine is fetched from binaries.prisma.sh;
    what they say without one is told."""
    port, key = free_port(), f"sk-{secrets.token_hex(24)}"
    with tempfile.TemporaryDirectory(prefix="aicontext-") as folder:
        config = Path(folder) / "config.yaml"
        config.write_text(
            f"general_settings: {{master_key: {key}}}\nmodel_list:\n- model_name: gpt-4o\n"
            "  litellm_params: {model: openai/gpt-4o, api_key: none}\n",
            encoding="utf-8",
        )
        command = [str(venv / "bin/litellm"), "--config", str(config), "--num_workers", "1"]
        given = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        with started(0, [*command, "--port", str(port)], port, **given) as (process, took):
            server = Server("litellm", process, port, "", (), took)
            found: dict[str, Any] = {"start_seconds": took, "rss_mb": server.rss()}
            headers = (f"Authorization: Bearer {key}",)
            for c in (1, 16):
                asked = {"method": "GET", "path": "/v1/models", "headers": headers, "c": c}
                found[f"models_c{c}"] = measured(server, seconds, **asked)
            for path in ("/key/info", "/spend/logs"):
                http = HTTPConnection("127.0.0.1", port, timeout=60)
                http.request("GET", path, headers={"authorization": f"Bearer {key}"})
                answer = http.getresponse()
                found[path] = f"{answer.status} {answer.read()[:100].decode()}"
    return found


def gate() -> dict[str, float]:
    """What stands before the work of a request, measured in a process of its own."""
    command = [sys.executable, str(Path(__file__).parent / "gate.py")]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--litellm", type=Path, help="a venv with litellm[proxy]")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        **run(given.rounds, given.seconds),
        **({"litellm": litellm(given.litellm, given.seconds)} if given.litellm else {}),
        "load_after": os.getloadavg()[0],
    }
    text = json.dumps(found, indent=1) + "\n"
    print(text)
    if given.write:
        TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
