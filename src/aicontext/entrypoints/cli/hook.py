"""`aicontext hook`: what tools call when something happens."""

from __future__ import annotations

import sys

import click

from aicontext.kit.pipes import taken
from aicontext.wiring import hooks

LARGEST = 2**23
"""Bytes of an event that is read."""

PATIENCE = 5.0
"""Seconds in which it has to come."""


@click.command()
@click.argument("tool")
@click.argument("event")
def hook(tool: str, event: str) -> None:
    """Answer a tool's hook: for its settings, not for people.

    The EVENT comes as JSON on standard input, the answer goes to standard output. Written into a
    tool's settings by `aicontext connect TOOL --via hooks`, as `aicontext-hook`, which starts
    faster. A tool's output is made smaller where the tool allows that, its original kept; elsewhere
    it is counted. Where ours fails, nothing is printed and the tool goes on: the exit status is
    always 0.
    """
    sys.stdout.buffer.write(hooks.answered(tool, event, taken(LARGEST, PATIENCE)))
