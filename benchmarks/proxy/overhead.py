"""What the proxy costs: CPU, time and memory, beside LiteLLM with the same loader and upstream.

    python benchmarks/proxy/overhead.py [--litellm VENV] [--seconds 4] [--soak 100000] [--write]

The server under test runs on one core, upstream and loader on another. CPU is user and system time
of the server's process tree, from the kernel, over a run after a warm-up. Each of ours goes
through the whole product: token check, plans, usage events into SQLite.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = os.sysconf("SC_PAGE_SIZE")
CHUNKS, GAP_MS = 200, 1
TOKEN = "benchmark-token"
KEY = "sk-benchmark-0123456789abcdef0123456789"
OURS = (
    "from types import SimpleNamespace; from aicontext.wiring import serving;"
    " serving.serve(['proxy'], {given!r}, SimpleNamespace(ready=print, draining=print))"
)


@dataclass(frozen=True)
class Server:
    """A server under test. path: of model calls; plain: a path that is passed through unread."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    path: str
    headers: tuple[str, ...]
    start_seconds: float
    plain: str = ""

    @property
    def pids(self) -> list[int]:
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found

    def cpu(self) -> float:
        """Seconds that the threads ran: ticks miss work that is shorter than they are."""
        ran = 0
        for pid in self.pids:
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(OSError):  # It ended meanwhile.
                    ran += int((task / "schedstat").read_text().split()[0])
        return ran / 1e9

    def rss(self) -> float:
        """MiB."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids]
        return round(sum(pages) * PAGE / 2**20, 1)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def started(core: int, command: list[str], port: int, **environment: str) -> Iterator[Any]:
    """The process, and the seconds until it listened."""
    began = time.perf_counter()
    with subprocess.Popen(
        ["taskset", "-c", str(core), *command],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                if process.poll() is not None or time.perf_counter() - began > 120:
                    raise SystemExit(f"{command[:3]} did not start")
                time.sleep(0.01)
            yield process, round(time.perf_counter() - began, 2)
        finally:
            process.terminate()
            process.wait(20)


def loaded(port: int, **given: Any) -> dict[str, float]:
    asked = json.dumps({"port": port, **given})
    command = ["taskset", "-c", "1", sys.executable, str(HERE / "loader.py"), asked]
    found: dict[str, float] = json.loads(
        subprocess.run(command, capture_output=True, check=True).stdout
    )
    return found


def measured(server: Server, seconds: float, **given: Any) -> dict[str, float]:
    """The loader's figures and the server's CPU per request, in milliseconds."""
    asked = {"path": server.path, "headers": server.headers, **given}
    limit = {} if "requests" in given else {"seconds": seconds}
    loaded(server.port, **(asked | {"requests": given.get("warm", 50), "seconds": 30}))
    before = server.cpu()
    found = loaded(server.port, **asked, **limit)
    found["cpu_ms"] = round((server.cpu() - before) * 1e3 / found["requests"], 4)
    return found


def bodies(folder: Path) -> dict[str, str]:
    """Requests of made-up content: 2 KB, a session of 220 KB, one with a new 50 K-token block."""
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghijklm_", k=chance.randint(3, 9))) for _ in range(2000)]

    def text(size: int) -> str:
        line = lambda: " ".join(chance.choices(words, k=9))  # noqa: E731
        return "\n".join(line() for _ in range(size // 60))

    def talk(first: str, results: int, size: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [{"role": "user", "content": first}]
        for n in range(results):
            call = {"name": "Bash", "arguments": "{}"}
            calls = [{"id": f"c{n}", "type": "function", "function": call}]
            found.append({"role": "assistant", "content": None, "tool_calls": calls})
            found.append({"role": "tool", "tool_call_id": f"c{n}", "content": text(size)})
        return found

    small = talk(text(1700), 0, 0)
    session = talk("Find the error.", 52, 4000)
    result = {"role": "tool", "content": "@@@@@@@@ " + text(150_000)}
    block = [*talk("Find the error.", 0, 0), result]
    made = {}
    for name, messages in {"2k": small, "220k": session, "block": block}.items():
        for stream in (False, True):
            path = folder / f"{name}{'-stream' * stream}.json"
            request = {"model": "gpt-5", "messages": messages, "stream": stream}
            path.write_text(json.dumps(request))
            made[path.stem] = str(path)
    return made


def compared(server: Server, made: dict[str, str], seconds: float) -> dict[str, Any]:
    """What both servers are asked."""
    run: Callable[..., dict[str, float]] = lambda **given: measured(server, seconds, **given)  # noqa: E731
    found: dict[str, Any] = {
        "start_seconds": server.start_seconds,
        "rss_idle_mb": server.rss(),
        "2k_c1": run(body=made["2k"]),
        "2k_c8": run(body=made["2k"], c=8),
        "2k_c64": run(body=made["2k"], c=64),
        "220k_c1": run(body=made["220k"]),
        "stream_c1": run(body=made["2k-stream"], warm=5),
    }
    found["stream_c1"]["cpu_ms_per_chunk"] = round(found["stream_c1"]["cpu_ms"] / CHUNKS, 4)
    found["rss_mb"] = server.rss()
    return found


def alone(server: Server, made: dict[str, str], seconds: float, soak: int) -> dict[str, Any]:
    """What only ours is asked: to pass on unread, a new block, a long run, idle connections."""
    run: Callable[..., dict[str, float]] = lambda **given: measured(server, seconds, **given)  # noqa: E731
    plain = server.plain
    found: dict[str, Any] = {
        "pass_2k_c1": run(path=plain, body=made["2k"]),
        "pass_2k_c8": run(path=plain, body=made["2k"], c=8),
        "pass_2k_c64": run(path=plain, body=made["2k"], c=64),
        "pass_220k_c1": run(path=plain, body=made["220k"]),
        "new_block": run(body=made["block"], fresh=True, requests=20, warm=2),
    }
    if soak:
        measured(server, 600, path=server.path, body=made["2k"], c=16, requests=20_000)
        before = server.rss()
        measured(server, 600, path=server.path, body=made["2k"], c=16, requests=soak)
        found["soak"] = {
            "requests": soak,
            "rss_mb": before,
            "growth_mb": round(server.rss() - before, 1),
        }
    found["idle"] = _idle(server, made)
    return found


def _idle(server: Server, made: dict[str, str], count: int = 10_000) -> dict[str, float]:
    """Idle connections beside one that works. Each takes one of this process's descriptors."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    count = min(count, most - 200)
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        busy = measured(server, 2, body=made["2k"])
        return {"connections": count, "rss_mb": server.rss(), "cpu_ms": busy["cpu_ms"]}


def ours(folder: Path, upstream: int) -> Any:
    port = free_port()
    given = {
        "AICONTEXT_HOME": str(folder / "home"),
        "AICONTEXT_PORT": str(port),
        "AICONTEXT_TOKEN": TOKEN,
        "AICONTEXT_UPSTREAMS": f"openai=http://127.0.0.1:{upstream}",
    }
    command = [sys.executable, "-c", OURS.format(given=given)]

    @contextlib.contextmanager
    def serving() -> Iterator[Server]:
        with started(0, command, port):
            pass  # The first start compiles, as an installer would have.
        with started(0, command, port) as (process, seconds):
            headers = (f"Authorization: Bearer {KEY}", f"x-aicontext-token: {TOKEN}")
            path = "/v1/chat/completions"
            yield Server("aicontext", process, port, path, headers, seconds, "/v1/unread")

    return serving()


def litellm(venv: Path, folder: Path, upstream: int) -> Any:
    port = free_port()
    config = folder / "litellm.yaml"
    config.write_text(
        "model_list:\n  - model_name: gpt-5\n    litellm_params:\n      model: openai/gpt-5\n"
        f"      api_base: http://127.0.0.1:{upstream}/v1\n      api_key: {KEY}\n"
        "litellm_settings:\n  num_retries: 0\n  callbacks: []\n"
    )
    command = [str(venv / "bin/litellm"), "--config", str(config), "--port", str(port)]
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}

    @contextlib.contextmanager
    def serving() -> Iterator[Server]:
        with started(
            0, [*command, "--num_workers", "1"], port, LITELLM_MASTER_KEY=KEY, **environment
        ) as (process, seconds):
            headers = (f"Authorization: Bearer {KEY}",)
            yield Server("litellm", process, port, "/v1/chat/completions", headers, seconds)

    return serving()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--litellm", type=Path, help="a venv that holds litellm[proxy]")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--soak", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="keep the figures in results/")
    given = parser.parse_args()
    upstream = free_port()
    command = [sys.executable, str(HERE / "upstream.py"), str(upstream), str(CHUNKS), str(GAP_MS)]
    found: dict[str, Any] = {"chunks": CHUNKS, "gap_ms": GAP_MS, "load_average": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as name, started(1, command, upstream):
        folder = Path(name)
        made = bodies(folder)
        direct = {"path": "/v1/chat/completions", "seconds": given.seconds}
        found["direct"] = {
            "2k_c1": loaded(upstream, body=made["2k"], **direct),
            "stream_c1": loaded(upstream, body=made["2k-stream"], **direct),
        }
        with ours(folder, upstream) as server:
            found["aicontext"] = compared(server, made, given.seconds)
            found["aicontext"] |= alone(server, made, given.seconds, given.soak)
        if given.litellm:
            with litellm(given.litellm, folder, upstream) as server:
                found["litellm"] = compared(server, made, given.seconds)
    text = json.dumps(found, indent=1)
    print(text)
    if given.write:
        (HERE.parent / "results/proxy-overhead.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
