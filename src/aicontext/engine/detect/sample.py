"""A bounded look at a text: some lines of its head, middle and tail."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEAD = 32
_REST = 12
_CHARS_A_LINE = 160
_WINDOW = 6_000

ANSI = re.compile(r"\x1b(?:\[[0-9;?]{0,16}[A-Za-z]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\))")
"""Terminal escapes: CSI sequences and OSC titles or links."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`lines`: clipped and without escapes, blank ones left out. `parts`: the same lines with the
    blank ones, as runs that stand together in the text. `whole`: nothing of the text is missing."""

    lines: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    whole: bool


def sample(text: str) -> Sample:
    """At most 56 lines of 160 characters, whatever the text's length."""
    head = text[:_WINDOW].split("\n")
    whole = len(text) <= _WINDOW and len(head) <= _HEAD + 2 * _REST
    if whole:
        parts = [head]
    else:
        middle, tail = len(text) // 2, max(len(text) - _WINDOW, min(_WINDOW, len(text)))
        parts = [
            head[:_HEAD],
            text[middle : middle + _WINDOW].split("\n", _REST + 1)[1 : _REST + 1],
            text[tail:].split("\n")[1:][-_REST:],
        ]
    shown = tuple(tuple(_clean(line) for line in part) for part in parts)
    return Sample(tuple(line for part in shown for line in part if line.strip()), shown, whole)


def _clean(line: str) -> str:
    line = line[:_CHARS_A_LINE]
    if "\x1b" in line:
        line = ANSI.sub("", line)
    return line.rstrip("\r\n")


_ENVELOPE = re.compile(
    r"(?:[A-Z][^\n:]{0,40}: [^\n]{0,200}\n|Process exited with code -?\d+\n){1,8}"
    r"Output:\n(?:Warning: truncated output [^\n]{0,80}\n)?(?:Total output lines: \d+\n{1,2})?"
)


def envelope(text: str) -> int:
    """Length of the header some shell tools print before a command's output, or 0.

    It is up to eight lines of `Name: value` and a last line `Output:`.
    """
    match = _ENVELOPE.match(text)
    return match.end() if match else 0
