"""The `aicontext` command: the service's verbs for people and for pipes."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from io import BytesIO, RawIOBase, TextIOWrapper
from typing import Any

import click

from aicontext.domain.errors import AiContextError, InvalidInput, NotFound
from aicontext.entrypoints.cli.words import plain, record
from aicontext.wiring.surroundings import colours

_SECTIONS = {
    "Make contexts smaller": {
        "optimize": "context",
        "compress": "context",
        "analyze": "context",
        "predict": "context",
        "retrieve": "context",
        "archive": "context",
        "similar": "similar",
    },
    "Connect AI tools": {
        "tools": "tools",
        "connect": "connections.connect",
        "disconnect": "connections.connect",
        "doctor": "connections.doctor",
        "run": "traffic.run",
        "proxy": "traffic.proxy",
        "mcp": "mcp",
        "hook": "hook",
        "sync": "connections.sync",
        "handoff": "sessions.handoff",
        "plugins": "extension.plugins",
    },
    "See and limit what is used": {
        "savings": "traffic.savings",
        "top": "traffic.top",
        "audit": "sessions.audit",
        "import": "sessions.importing",
        "usage": "traffic.usage",
        "budget": "platform.budget",
    },
    "Find the code for a task": {
        "index": "repository.index",
        "map": "repository.map",
        "search": "repository.search",
        "show": "repository.show",
        "pack": "repository.pack",
    },
    "Serve people and programs": {
        "serve": "traffic.proxy",
        "worker": "platform.worker",
        "login": "platform.login",
        "logout": "platform.login",
        "users": "platform.users",
        "teams": "platform.teams",
        "projects": "platform.projects",
        "keys": "platform.keys",
        "webhooks": "extension.webhooks",
        "events": "platform.events",
    },
    "Look after what is kept": {
        "storage": "platform.storage",
        "backup": "platform.backup",
        "verify": "platform.backup",
        "restore": "platform.backup",
    },
}
"""Commands by what they are for, with their modules: loaded when asked for, so that each starts
fast."""

_MODULES = {name: module for section in _SECTIONS.values() for name, module in section.items()}

_VARIABLES = {"import": "import_usage", "map": "repository_map"}

_NO_TEXT = re.compile("[\ud800-\udfff]")
"""Bytes of an argument that are no UTF-8, as Python shows them."""

_YOUNG = 200_000
"""Objects made before cycles are looked for where a repository is read: what is counted of a file
is gone by then. Others may stay for days, and look oftener."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Standard output takes no more; a closed pipe is click's to handle."""


class Group(click.Group):
    """Says what went wrong in one line, with a stable code, and never shows a stack."""

    def main(self, *given: Any, **more: Any) -> Any:
        # Who closed a stream gives nothing, and wants to hear nothing.
        sys.stdin = sys.stdin or TextIOWrapper(BytesIO())
        sys.stderr = sys.stderr or TextIOWrapper(BytesIO())
        sys.stdout = _whole(sys.stdout)
        try:
            # None lets click see for itself whether there is a terminal.
            return super().main(*given, **{"color": None if colours() else False, **more})
        except OSError as error:
            if error.errno not in _FULL:
                raise
            # What stays in the buffer would fail once more when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            click.echo(f"Standard output cannot be written: {error.strerror}.", err=True)
            sys.exit(1)

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in _MODULES and name not in self.commands:
            module = import_module(f"aicontext.entrypoints.cli.{_MODULES[name]}")
            self.add_command(getattr(module, _VARIABLES.get(name, name)))
            if not gc.isenabled():
                _look_for_cycles(often=not _MODULES[name].startswith("repository."))
        return super().get_command(context, name)

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(context, words)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(words[0], _MODULES, 1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Perhaps {near[0]}?", context) from None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, _MODULES))
        room = formatter.width - width - 6
        for section, names in _SECTIONS.items():
            commands = [(name, self.get_command(context, name)) for name in names]
            with formatter.section(section):
                formatter.write_dl(
                    [
                        (name.ljust(width), command.get_short_help_str(room))
                        for name, command in commands
                        if command
                    ]
                )

    def invoke(self, context: click.Context) -> Any:
        try:
            return _told(super().invoke, context)
        except AiContextError as error:
            if "--json" in sys.argv:
                body = {"code": error.code, "message": error.message, "hint": error.hint}
                click.echo(record({"error": body}))
            else:
                click.echo(
                    click.style(f"error ({error.code}): ", fg="red") + plain(str(error)), err=True
                )
            context.exit(1)


def _whole(stream: Any) -> Any:
    """The stream, but with all that is written to it, with question marks for what its encoding
    lacks: where another program made the pipe not wait for room, or Python has no buffer, what
    there is no room for would be left out."""
    with suppress(OSError, ValueError, AttributeError):  # One that is closed, or no file.
        if isinstance(stream.buffer, RawIOBase):
            number, coding, errors = stream.fileno(), stream.encoding, stream.errors
            stream = open(number, "w", 1, coding, errors, closefd=False)  # noqa: SIM115 - it stays
        if stream.errors == "strict":
            stream.reconfigure(errors="replace")
        os.set_blocking(stream.fileno(), True)
    return stream


def _look_for_cycles(*, often: bool) -> None:
    """From now on, and never among what is there by now."""
    gc.freeze()
    if not often:
        gc.set_threshold(_YOUNG)
        # Python looks at all there is once more when it ends: a thirtieth of a cold index.
        atexit.register(gc.freeze)
    gc.enable()


def _told(invoke: Callable[[click.Context], Any], context: click.Context) -> Any:
    """Paths may be any bytes; what is no path must be text. Raises InvalidInput where it is not,
    NotFound where the current folder is gone."""
    try:
        return invoke(context)
    except FileNotFoundError:
        try:
            os.getcwd()
        except FileNotFoundError:
            raise NotFound("The current folder is gone.", hint="Go to another one.") from None
        raise
    except UnicodeEncodeError:
        if not any(map(_NO_TEXT.search, sys.argv)):
            raise
        raise InvalidInput("An argument is no text.", hint="Give it in UTF-8.") from None


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ai-context-platform", message="%(version)s")
def main() -> None:
    """Better context for AI coding tools, for less money.

    INPUT is a file, a folder, or "-" for standard input: a conversation (OpenAI Chat or Responses,
    Anthropic Messages, Gemini, a transcript) or any text, such as a log, code, JSON or a diff.
    """
