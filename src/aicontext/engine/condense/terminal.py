"""What a terminal would still show of a text written for one: no colours, no overprinted states."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aicontext.engine.prioritize.holding import holding

CONTROL = "\x1b\r\b\x9b"
ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"  # CSI: colours, cursor moves (ECMA-48, 5.4)
    r"|\x1b\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?"  # OSC: titles, links
    r"|\x1b[PX^_][^\x1b\n]*+(?:\x1b\\)?"  # DCS, SOS, PM, APC
    r"|\x1b[ -/]*+[0-~]?"  # two-character escapes and charset switches
)
# A bar or a spinner moves; the line holds nothing else worth reading.
PROGRESS = re.compile(
    r"\s*+[⠁-⣿◐-◓◴-◷|/\\-]\s*+(?:\S.{0,80})?\Z"  # spinner glyph, then a label
    r"|.{0,120}?[\[(|▕]?(?:[█▓▒░▏▎▍▌▋▊▉━╸╺]{4,}|[=#*]{4,}>?[ .·-]{4,}[\])|]).{0,160}\Z"
    r"|.{0,80}?\b\d{1,3}%\|.{0,200}\Z"
    r"|(?:Downloading|Uploading|Progress(?: \(\d+\))?:?|Receiving objects|Resolving deltas"
    r"|Counting objects|Compressing objects|remote: (?:Counting|Compressing) objects)"
    r"(?!\w).{0,60}?"
    r"\d+(?:\.\d+)?(?: ?[kKMG]?i?B\b|%|/\d+(?:\.\d+)?).{0,120}\Z"
)
STAMP = re.compile(
    r"(?:[^\t\n]{1,200}\t[^\t\n]{1,200}\t)?"  # job and step, as `gh run view --log` prints them
    # Six digits and more of a second: a runner's clock. Services' own times stay.
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6,9}(?:Z|[+-]\d\d:?\d\d)(?: |\Z)"
)
STAMPED = 0.8
SPINNER = frozenset("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏⠁⠂⠄⡀⢀⠠⠐⠈◐◓◑◒◴◷◶◵")
WORDS = (
    "Downloading",
    "Uploading",
    "Progress",
    "Receiving",
    "Resolving",
    "Counting",
    "Compressing",
    "remote: ",
)
BARS = ("████", "▓▓▓▓", "▒▒▒▒", "░░░░", "━━━━", "%|", "====", "####")


def plain(line: str) -> str:
    """One line without escapes; of text overprinted by carriage returns the last state."""
    if "\x1b" in line or "\x9b" in line:
        line = ESCAPE.sub("", line)
    if "\r" in line:
        states = [state for state in line.split("\r") if state.strip()]
        line = states[-1] if states else ""
    if "\b" in line:
        line = _erased(line)
    return line


def plain_lines(text: str) -> list[str]:
    """The text's lines, each as `plain` shows it; as many as the text has."""
    lines = text.split("\n")
    if any(mark in text for mark in CONTROL):
        return [plain(line) for line in lines]
    return lines


def unstamped(lines: list[str]) -> list[str]:
    """The lines without the time that a build service puts before each of them.

    Only where nearly every line has one; else the lines as they are.
    """
    sample = [line for line in lines[:400] if line.strip()]
    stamped = sum(1 for line in sample if STAMP.match(line))
    if not stamped or stamped < STAMPED * len(sample):
        return lines
    return [line[found.end() :] if (found := STAMP.match(line)) else line for line in lines]


def stamp(line: str) -> str:
    """The time that a build service put before the line, or ""."""
    found = STAMP.match(line)
    return found.group().split("\t")[-1].strip() if found else ""


def clean(text: str) -> str:
    """The text without escapes, overprinted states, spinner lines and all but the last progress.

    Lines that hold none of these stay as they are, in their order.
    """
    kept: list[str] = []
    pending = ""
    for line, raw in zip(plain_lines(text), text.split("\n"), strict=True):
        if not line and raw:
            continue
        if is_progress(line):
            pending = line
            continue
        if pending:
            kept.append(pending)
            pending = ""
        kept.append(line)
    if pending:
        kept.append(pending)
    return "\n".join(kept)


def progress(lines: Sequence[str]) -> set[int]:
    """Rows of the plain lines that only show how far something is."""
    return {at for at in holding(lines, (*SPINNER, *WORDS, *BARS)) if is_progress(lines[at])}


def is_progress(line: str) -> bool:
    """Whether a plain line only shows how far something is."""
    shown = line.lstrip()
    if not shown or len(line) > 400:
        return False
    if shown[0] in SPINNER:
        return True
    likely = shown.startswith(WORDS) or any(map(shown.__contains__, BARS))
    return likely and bool(PROGRESS.match(shown))


def _erased(line: str) -> str:
    shown: list[str] = []
    for char in line:
        if char != "\b":
            shown.append(char)
        elif shown:
            shown.pop()
    return "".join(shown)
