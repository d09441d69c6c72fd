"""`aicontext run`: a tool whose calls go through the proxy."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.errors import InvalidInput, MissingExtra, Unavailable
from aicontext.domain.events import By
from aicontext.entrypoints.cli.traffic import figures
from aicontext.wiring import integrations, surroundings, usage

if TYPE_CHECKING:
    from aicontext.services.integrations.launch import Launcher

_DRAIN = 45
"""Seconds for the proxy to end: it lets calls under way finish."""

_RECORDED = 0.3
"""Seconds in which a running proxy has surely written a call that ended."""

_KINDS = {kind.code: kind for kind in (InvalidInput, MissingExtra, Unavailable)}
"""What a proxy may end with before it listens."""

_FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--port", type=click.IntRange(1, 65535), help="Of a running proxy; 8787 unless set.")
@click.option("--project", "tag", help='Tags the calls; else the folder\'s name; "" for none.')
@click.option("--quiet", is_flag=True, help="Leave out the line on what was saved.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(port: int | None, tag: str | None, quiet: bool, command: tuple[str, ...]) -> None:
    """Start a tool whose calls go through the proxy.

    Uses the proxy that runs, or else one of its own until COMMAND ends. A gateway that is set, such
    as ANTHROPIC_BASE_URL, is still where calls end up. The tool may stand behind a shell or another
    program that starts it. The exit status is the command's.
    """
    if not shutil.which(command[0]):
        click.echo(f"aicontext: there is no command {command[0]}", err=True)
        sys.exit(127)
    launcher = integrations.launcher(command)
    for tool in launcher.unreached:
        click.echo(
            f"aicontext: {tool.name} is told by an argument where to call, and gets none there."
            f" Start it by aicontext run itself, or once: aicontext connect {tool.id}",
            err=True,
        )
    name = _tag(Path.cwd().name if tag is None else tag)
    with _proxy(port, name, launcher) as ((must, rest), account):
        words = launcher.command(command, must)
        status = _status(words, surroundings.child_environment(must, rest))
    if not quiet:
        click.echo(f"aicontext: {account()}", err=True)
    if status < 0:
        _die(-status)
    sys.exit(status)


def _tag(folder: str) -> str:
    """A folder's name as the tag of a project."""
    return re.sub(r"[^\w.-]+", "-", folder).strip("-.")[:60]


@contextmanager
def _proxy(
    port: int | None, tag: str, launcher: Launcher
) -> Iterator[tuple[tuple[dict[str, str], dict[str, str]], Any]]:
    """(variables for the tool, what tells what was saved once it has ended)."""
    started = time.time()
    given = {"AICONTEXT_PORT": str(port)} if port else {}
    gateways = surroundings.gateways(launcher.addresses)
    if (port or not gateways) and surroundings.proxy_health(given):
        address, token = surroundings.proxy_address(given)
        found = launcher.variables(address, project=tag, token=token)
        yield found, lambda: _recorded(started, tag)
        return
    if port:
        raise Unavailable(
            f"No proxy answers on port {port}.",
            hint=f"Start one: aicontext proxy --port {port}. Or leave --port out.",
        )
    with _Own({launcher.upstream(name): url for name, url in gateways.items()}) as mine:
        yield launcher.variables(mine.address, project=tag, elsewhere=gateways), mine.total


def _recorded(started: float, tag: str) -> str:
    """What was saved through a proxy that others use too."""
    time.sleep(_RECORDED)
    books = usage.books(By.TOOL)
    for event in usage.events().since(started):
        if event.caller.project == tag:
            books.add(event)
    return figures.ended(books.savings().as_dict())


class _Own:
    """A proxy on a free port in a child process, which ends with this one, however that ends."""

    def __init__(self, upstreams: Mapping[str, str]) -> None:
        """upstreams: addresses that the tool is to reach through it, by name."""
        self._last: dict[str, Any] = {}
        words = ["-m", "aicontext", "proxy", "--host", "127.0.0.1", "--port", "0", "--json"]
        for name, address in upstreams.items():
            words += ["--upstream", f"{name}={address}"]
        self._child = subprocess.Popen(
            [sys.executable, *words, "--lifeline"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=surroundings.child_environment({"AICONTEXT_TOKEN": ""}),
            start_new_session=True,  # Ctrl-C is for the tool; the proxy ends after it.
        )
        self._reader = Thread(target=self._read, daemon=True)

    def __enter__(self) -> _Own:
        assert self._child.stdout
        first = json.loads(self._child.stdout.readline() or b"{}")
        if "listening" not in first:
            self._child.wait()
            error = first.get("error", {})
            raise _KINDS.get(error.get("code"), Unavailable)(
                error.get("message", "The proxy ended before it listened."),
                hint=error.get("hint", "Try: aicontext proxy."),
            )
        self.address = first["listening"]
        self._tell()
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._reader.join(_DRAIN)
        self._child.kill()
        self._child.wait()

    def total(self) -> str:
        if "total" not in self._last:
            return "the proxy was cut off; see aicontext savings"
        said = figures.ended(self._last)
        return "\n".join([said, *figures.warnings(self._last["recorded"])])

    def _tell(self) -> None:
        """Passes on what the proxy warned of so far; from now on the tool has the screen."""
        errors = self._child.stderr
        assert errors
        os.set_blocking(errors.fileno(), False)
        for line in (errors.read() or b"").splitlines(keepends=True):
            click.echo(b"aicontext: " + line, nl=False, err=True)
        os.set_blocking(errors.fileno(), True)
        Thread(target=errors.read, daemon=True).start()

    def _read(self) -> None:
        assert self._child.stdout
        for line in self._child.stdout:
            self._last = json.loads(line)


def _status(command: tuple[str, ...], environment: dict[str, str]) -> int:
    """Runs the command in the foreground; its exit status, negative for a signal."""
    try:
        child = subprocess.Popen(command, env=environment)
    except OSError as error:
        click.echo(f"aicontext: {command[0]} cannot be run: {error.strerror}", err=True)
        return 126
    with _passing_on(child):
        return child.wait()


@contextmanager
def _passing_on(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Signals to us go to the child. Those of the terminal's keys reach it by themselves."""
    keys = {signal.SIGINT, getattr(signal, "SIGQUIT", signal.SIGINT)}
    others = {getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)}
    by_terminal = _in_foreground()

    def pass_on(number: int, _: object) -> None:
        if not (by_terminal and number in keys):
            child.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in keys | others}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    """Whether a terminal sends its keys' signals to this process and its children."""
    try:
        with open("/dev/tty", "rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def _die(number: int) -> None:
    """Ends as the command did, so that a shell sees the same."""
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    sys.exit(128 + number)
