"""Questions to whoever is at the terminal."""

from __future__ import annotations

import sys

import click

from aicontext.domain.errors import InvalidInput


def agreed(question: str) -> None:
    """Goes on where the answer is yes, and ends the command where it is no. Raises InvalidInput
    where nobody is there to answer."""
    try:
        answer = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin and sys.stdin.isatty():
            raise
        raise InvalidInput("Nobody agreed to it.", hint="Give --yes.") from None
    if not answer:
        raise click.Abort
