"""Proxies as processes, each in front of a provider of its own.

They read the recorded time from their clock where libfaketime is there (`--faketime`): a file says
what time it is. Timers run on the monotonic clock, which stays real.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientError, ClientSession

from wire import CLAUDE, GPT  # isort: skip

START_SECONDS = 180.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Command:
    """How a proxy is started. arguments: of the peers' programs, its port and its
    provider's address; environment: of the programs and the address."""

    name: str
    arguments: Callable[[Path, int, str], list[str]]
    environment: Callable[[Path, str], dict[str, str]]


@dataclass(slots=True)
class Proxy:
    """One that runs. folder: its home, and where the time stands."""

    command: Command
    provider: str
    faketime: Path | None
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="proxy-")))
    port: int = 0
    _started: float = 0.0
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, binaries: Path) -> None:
        """Raises TimeoutError where it does not listen in time."""
        self.port = _free_port()
        self._started = time.time()
        self.set_time(self._started)
        environment = {
            **os.environ,
            "HOME": str(self.folder),
            "HF_HUB_OFFLINE": "1",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            **self.command.environment(binaries, self.provider),
        }
        if self.faketime:
            environment |= {
                "LD_PRELOAD": str(self.faketime),
                "FAKETIME_TIMESTAMP_FILE": str(self.folder / "time"),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "TZ": "UTC",
            }
        with (self.folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command.arguments(binaries, self.port, self.provider),
                env=environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self._listening()

    def set_time(self, now: float) -> None:
        """What its clock shows now; it goes on from there. To the second."""
        at_start = now - (time.time() - self._started)
        shown = time.strftime("@%Y-%m-%d %H:%M:%S", time.gmtime(at_start))
        part = self.folder / "time.part"
        part.write_text(shown + "\n")
        part.replace(self.folder / "time")

    def cpu_seconds(self) -> float:
        """Used so far by the process and its threads, children not counted."""
        if self._process is None:
            return 0.0
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        except FileNotFoundError:
            return 0.0
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    async def stop(self) -> None:
        if self._process and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def _listening(self) -> None:
        until = time.monotonic() + START_SECONDS
        async with ClientSession() as session:
            while time.monotonic() < until:
                if self._process and self._process.returncode is not None:
                    raise ChildProcessError(f"{self.command.name} ended: {self._tail()}")
                try:
                    async with session.get(self.url + "/v1/models"):
                        return
                except ClientError:
                    await asyncio.sleep(0.3)
        raise TimeoutError(f"{self.command.name} does not listen: {self._tail()}")

    def _tail(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-1500:]


def _headroom(mode: str) -> Command:
    flags = ["--no-rate-limit", "--no-cache", "--no-subscription-tracking"]
    return Command(
        f"headroom {mode}",
        lambda bin_, port, _: [
            *(str(bin_ / "headroom"), "proxy", "--port", str(port), "--mode", mode),
            *flags,
        ],
        lambda bin_, provider: {
            "ANTHROPIC_TARGET_API_URL": provider,
            "OPENAI_TARGET_API_URL": provider,
            "TIKTOKEN_CACHE_DIR": _vocabularies(bin_),
            # Ends the process where the clock jumps.
            "HEADROOM_HARD_WATCHDOG_SECS": "0",
        },
    )


def _vocabularies(binaries: Path) -> str:
    """The vocabularies that litellm brings along: nothing is fetched."""
    found = binaries.parent.glob("lib/python*/site-packages/litellm/litellm_core_utils/tokenizers")
    return str(next(found, ""))


def _litellm(bin_: Path, port: int, provider: str) -> list[str]:
    config = Path(tempfile.mkdtemp(prefix="litellm-")) / "config.yaml"
    rows = [
        (CLAUDE, "anthropic", provider),
        (GPT, "openai", f"{provider}/v1"),
    ]
    lines = ["model_list:"]
    for name, maker, base in rows:
        lines += [f"  - model_name: {name}", "    litellm_params:"]
        lines += [f"      model: {maker}/{name}", f"      api_base: {base}", "      api_key: sk-x"]
    config.write_text("\n".join(lines) + "\n")
    return [str(bin_ / "litellm"), "--config", str(config), "--port", str(port)]


def _ours(_: Path, port: int, __: str) -> list[str]:
    return [sys.executable, "-m", "aicontext", "proxy", "--port", str(port)]


COMMANDS = {
    command.name: command
    for command in (
        Command(
            "ours",
            _ours,
            lambda _, provider: {
                "AICONTEXT_HOME": ".",
                "AICONTEXT_UPSTREAMS": f"anthropic={provider} openai={provider}",
            },
        ),
        _headroom("cache"),
        _headroom("token"),
        Command("litellm", _litellm, lambda _, __: {}),
    )
}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
