"""Numbers and rows in words, on one line each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click

_LEAST = 24
_INDENT = 8
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
    """Aligned columns; those in `right` to the right. On a screen too narrow for them the last
    column, or all figures at the end, go on beside the others where words have room, else below."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    screen = _columns() if sys.stdout.isatty() else sys.maxsize
    if sum(widths) + 2 * len(widths) - 2 <= screen:
        yield from ("  ".join(line).rstrip() for line in lines)
        return
    last = next(i for i in range(len(widths), 0, -1) if i == 1 or i - 1 not in right)
    last = min(last, len(widths) - 1)
    beside = last not in right and screen - sum(widths[:last]) - 2 * last >= _LEAST
    for line in lines:
        start = "  ".join([*line[:last], ""])
        if not beside:
            yield start.rstrip()
            start = " " * min(widths[0] + 2, _INDENT)
        yield from _folded("  ".join(line[last:]).rstrip(), screen, start)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _folded(text: str, screen: int, start: str) -> Sequence[str]:
    """The text on lines of the screen's width, the first after `start`, the others below it."""
    import textwrap

    below = " " * len(start)
    wrapped = textwrap.wrap(text, screen, initial_indent=start, subsequent_indent=below)
    return wrapped or [start.rstrip()]


def money(dollars: float) -> str:
    return f"${dollars:.4f}" if dollars < 1 else f"${dollars:,.2f}"


def reduced(percentage: float) -> str:
    return f"-{percentage:.1f} %".replace("-0.0", "0.0")


def warned(warnings: Sequence[str]) -> Iterator[str]:
    """A line for each warning."""
    for warning in warnings:
        yield click.style(f"warning  {plain(warning)}", fg="yellow")


def plain(text: str) -> str:
    """What others wrote, without what would steer a terminal: control characters as their pictures,
    and marks of direction as question marks."""
    return text.replace("\r\n", "\n").translate(_PICTURES)


def print_text(text: str) -> None:
    """Print what others wrote: to a pipe as it is, to a terminal without what would steer it."""
    click.echo((plain(text) if sys.stdout.isatty() else text).encode("utf-8", "replace"), nl=False)
