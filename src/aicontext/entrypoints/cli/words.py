"""Numbers and rows in words, on one line each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click

_PICTURES = {
    **{code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n"},
    **dict.fromkeys((*range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"),
}


def amount(number: int, noun: str) -> str:
    """So many things, in words."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def cut(text: str, width: int) -> str:
    """The text on one line, without control characters, at most `width` wide."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= width else clean[: width - 1] + "…"


def record(value: object) -> str:
    """JSON, for programs."""
    import json

    return json.dumps(value)


def size(held: int) -> str:
    """Bytes in words."""
    return f"{held / 2**20:,.1f} MiB" if held >= 2**20 else f"{held / 2**10:,.1f} KiB"


def table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """Aligned columns; those in `right` to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def money(dollars: float) -> str:
    return f"${dollars:.4f}" if dollars < 1 else f"${dollars:,.2f}"


def reduced(percentage: float) -> str:
    return f"-{percentage:.1f} %".replace("-0.0", "0.0")


def warned(warnings: Sequence[str]) -> Iterator[str]:
    """A line for each warning."""
    for warning in warnings:
        yield click.style(f"warning  {warning}", fg="yellow")


def print_text(text: str) -> None:
    """Print what others wrote: to a pipe as it is, to a terminal without what would steer it.

    There control characters are shown as their pictures, and marks of direction as question marks.
    """
    if sys.stdout.isatty():
        text = text.replace("\r\n", "\n").translate(_PICTURES)
    click.echo(text.encode("utf-8", "replace"), nl=False)
