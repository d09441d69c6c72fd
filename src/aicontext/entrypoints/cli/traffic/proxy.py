"""`aicontext proxy`: the transparent proxy in this terminal."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from queue import Full, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from aicontext.domain.context import Kind
from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import By, UsageEvent
from aicontext.entrypoints.cli.traffic import figures
from aicontext.wiring import integrations, serving, usage

if TYPE_CHECKING:
    from aicontext.services.analytics.recorder import Recorded

_NAMES = {
    "host": "AICONTEXT_HOST",
    "port": "AICONTEXT_PORT",
    "token": "AICONTEXT_TOKEN",
    "upstream": "AICONTEXT_UPSTREAMS",
    "holdout": "AICONTEXT_HOLDOUT",
    "skip_tool": "AICONTEXT_SKIP_TOOLS",
    "skip_kind": "AICONTEXT_SKIP_KINDS",
}
_LINES = 10_000
"""That wait for a terminal which is held up."""

_KINDS = click.Choice([str(kind) for kind in Kind])


@click.command()
@click.option("--host", help="Address to listen on; 127.0.0.1 unless set.")
@click.option("--port", type=click.IntRange(0, 65535), help="8787 unless set; 0: a free one.")
@click.option("--token", help="What callers must show; needed on a host that others can reach.")
@click.option("--upstream", multiple=True, metavar="NAME=URL", help="A further provider.")
@click.option("--holdout", metavar="SHARE", help="Sessions to leave alone for comparison: 5%.")
@click.option("--no-optimize", is_flag=True, help="Change nothing, only count.")
@click.option("--skip-tool", multiple=True, metavar="NAME", help="Leave this tool's results.")
@click.option("--skip-kind", multiple=True, type=_KINDS, help="Leave blocks of this kind.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each call.")
@click.option("--lifeline", is_flag=True, hidden=True, help="End when standard input does.")
def proxy(no_optimize: bool, as_json: bool, lifeline: bool, **given: Any) -> None:
    """Make requests of AI tools smaller on their way out.

    Requests go out as they came but for what can safely be shorter; keys and logins pass through.
    Ctrl-C ends it once the calls under way are done; a second one cuts these off.
    """
    chosen = {_NAMES[name]: _written(name, value) for name, value in given.items() if value}
    if given["port"] == 0:
        chosen["AICONTEXT_PORT"] = "0"
    if no_optimize:
        chosen["AICONTEXT_OPTIMIZE"] = "0"
    if lifeline:
        Thread(target=_end_with_input, daemon=True).start()
    try:
        _served(["proxy"], chosen, _Session(as_json))
    except InvalidInput as error:
        raise _in_options(error, chosen) from None


@click.command()
@click.option(
    "--services",
    default="",
    metavar="NAMES",
    help="Which, with commas between; else what applies.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON line for each call.")
def serve(services: str, as_json: bool) -> None:
    """Run services in one process: proxy, API and others.

    They are proxy, api, webhooks, relay and ingest. relay and ingest have work where a message bus
    is set (AICONTEXT_BUS). All are set up by environment variables. Ctrl-C ends them once the calls
    under way are done; a second one cuts these off.
    """
    names = [name.strip() for name in services.split(",") if name.strip()]
    _served(names, {}, _Session(as_json))


def _served(names: Sequence[str], given: Mapping[str, str], session: _Session) -> None:
    session.ended(serving.serve(names, given, session, session.seen))


def _in_options(error: InvalidInput, chosen: Collection[str]) -> InvalidInput:
    """The error by the options that were typed, where it speaks of what they set."""
    message, hint = error.message, error.hint
    for name, variable in _NAMES.items():
        if variable in chosen:
            option = f"--{name.replace('_', '-')}"
            message, hint = (text.replace(variable, option) for text in (message, hint))
    return InvalidInput(message, hint=hint)


def _written(name: str, value: Any) -> str:
    return (
        (" " if name == "upstream" else ",").join(value) if isinstance(value, tuple) else str(value)
    )


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


class _Lines:
    """Prints in a thread of its own: a terminal that is held up, or a pipe that nobody reads, may
    not keep events from the record. What it cannot keep up with is left out."""

    def __init__(self) -> None:
        self._waiting: Queue[str | None] = Queue(_LINES)
        self._thread = Thread(target=self._work, name="aicontext-lines", daemon=True)
        self._thread.start()

    def put(self, line: str) -> None:
        with suppress(Full):
            self._waiting.put_nowait(line)

    def close(self) -> None:
        """Prints what waits."""
        while self._thread.is_alive():
            with suppress(Full):
                self._waiting.put(None, timeout=1)
                self._thread.join()

    def _work(self) -> None:
        with suppress(OSError, ValueError):  # The terminal was closed.
            while (line := self._waiting.get()) is not None:
                click.echo(line)


class _Session:
    """What is printed while the proxy, or another service, runs."""

    def __init__(self, as_json: bool) -> None:
        self._proxied = False
        self._as_json = as_json
        self._books = usage.books(By.TOOL)
        self._lines = _Lines()

    def ready(self, service: str, address: str) -> None:
        if service != "proxy":
            _print({service: address}) if self._as_json else click.echo(f"{service}: {address}")
            return
        self._proxied = True
        must, rest = integrations.launcher().variables(address)
        if self._as_json:
            _print({"listening": address, "environment": must | rest})
            return
        click.echo(f"The proxy listens on {click.style(address, bold=True)}; Ctrl-C ends it.")
        click.echo("\nStart a tool through it:\n\n  aicontext run claude\n")
        click.echo("or set for it what it reads of these:\n")
        for name, value in (must | rest).items():
            click.echo(f"  export {name}={value}")
        click.echo("\nWhat was saved: aicontext savings. Live: aicontext top.\n")

    def seen(self, event: UsageEvent) -> None:
        self._books.add(event)
        as_json = self._as_json
        self._lines.put(json.dumps({"call": asdict(event)}) if as_json else figures.call(event))

    def draining(self) -> None:
        click.echo(
            "Ending once the calls under way are done; Ctrl-C again cuts them off.", err=True
        )

    def ended(self, recorded: Recorded) -> None:
        self._lines.close()
        found = self._books.savings().as_dict()
        if self._as_json:
            shown = {name: found[name] for name in ("total", "outcomes")}
            _print({**shown, "recorded": asdict(recorded)})
            return
        if self._proxied:
            click.echo(f"\n{figures.ended(found)}")
        for line in figures.warnings(asdict(recorded)):
            click.echo(line, err=True)


def _print(record: dict[str, Any]) -> None:
    click.echo(json.dumps(record))
