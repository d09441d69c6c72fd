"""Cutting a text into lines and sentences, bounded in size."""

from __future__ import annotations

import re

LONG_LINE = 160
"""Characters; longer lines are cut into sentences."""
LONGEST = 600
"""Characters; longer sentences are cut at a blank, or anywhere where they have none."""
_BLANK_LINES = 16
"""So many in a row are one piece."""

# One set of first characters, by which the search is several times as fast.
_sentence_end = re.compile(
    r"[.!?…。！？](?:(?<=[.!?…])[\"')\]”’»]{0,3}[ \t]+|(?<=[。！？])[」』”’）]{0,3})"
)
_blank_lines = re.compile(rf"((?:(?<=\n)|\A)\n{{{_BLANK_LINES},{LONGEST}}})")


def pieces(text: str) -> list[str]:
    """Lines of `text` with their ends, the long ones as sentences; joined they are `text` again.

    No piece passes LONGEST characters, so that one endless line is still cut. Many blank lines in
    a row are one piece, so that they cost what they are worth. Linear in time.
    """
    if "\n" * _BLANK_LINES not in text:
        return _lines(text)
    found: list[str] = []
    for i, part in enumerate(_blank_lines.split(text)):
        found += [part] if i % 2 else _lines(part)
    return found


def _lines(text: str) -> list[str]:
    found: list[str] = []
    for line in text.split("\n"):
        if len(line) <= LONG_LINE:
            found.append(line + "\n")
        else:
            found += _sentences(line + "\n")
    last = found.pop()[:-1]
    return [*found, last] if last else found


def _sentences(line: str) -> list[str]:
    found = []
    start = 0
    for end in [*[match.end() for match in _sentence_end.finditer(line)], len(line)]:
        while end - start > LONGEST:
            blank = line.rfind(" ", start + LONGEST // 2, start + LONGEST) + 1
            cut = blank or start + LONGEST
            found.append(line[start:cut])
            start = cut
        if end > start:
            found.append(line[start:end])
        start = end
    return found
