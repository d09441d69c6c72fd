"""Which lines of a log are the same but for their values.

The idea of Drain (He et al., ICWS 2017): lines of as many words that begin alike and agree in most
words are one template. Values with a digit are masked first; buckets are bounded, so the work is
linear in the lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

VARIABLE = re.compile(r"\d[\w.,:-]*")
NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
WIDTH = 400
BUCKET = 8
"""Templates that a new line is compared with."""
WORDS = 40
ALIKE = 0.6
AT_ONCE = 4_096
"""Lines whose words are held at once."""
VALUES = 4
"""Distinct words of one place that are named; of more the number is given."""
PLACES = 6
"""Places of a line of which it is told how they vary."""

HOLE = "\0"


def template(line: str) -> str:
    """The line with what begins in a digit masked; of a long line its start."""
    return VARIABLE.sub("#", line[:WIDTH]).strip()


def templates(lines: Sequence[str]) -> list[str]:
    """The `template` of each of many lines, which hold no line ends: at once, for speed."""
    masked = VARIABLE.sub("#", "\n".join([line[:WIDTH] for line in lines]))
    return list(map(str.strip, masked.split("\n"))) if lines else []


@dataclass(slots=True)
class Template:
    """Lines alike. words: `HOLE` where they differ. lines: their numbers, in order."""

    words: list[str]
    lines: list[int] = field(default_factory=list)


def mine(masks: Mapping[int, str], exact: frozenset[int]) -> list[Template]:
    """Sorts lines into templates, in the order of their first lines.

    masks: by line number in order, what `template` made of the line. exact: lines that only join
    lines equal in every unmasked word.
    """
    found: dict[str, Template] = {}
    buckets: dict[tuple[int, str], list[Template]] = {}
    order: list[Template] = []
    for number, mask in masks.items():
        home = found.get(mask)
        if home is None:
            words = mask.split(None, WORDS)
            bucket = buckets.setdefault((len(words), words[0] if words else ""), [])
            home = None if number in exact else _joined(words, bucket)
            if home is None:
                home = Template(words)
                order.append(home)
                if number not in exact and len(bucket) < BUCKET:
                    bucket.append(home)
            found[mask] = home
        home.lines.append(number)
    return order


def _joined(words: Sequence[str], bucket: Sequence[Template]) -> Template | None:
    """The first template that the words agree with well enough; it takes them in."""
    for candidate in bucket:
        same = sum(a == b for a, b in zip(words, candidate.words, strict=True))
        if same >= ALIKE * len(words):
            pairs = zip(words, candidate.words, strict=True)
            candidate.words[:] = [a if a == b else HOLE for a, b in pairs]
            return candidate
    return None


def ranges(lines: Sequence[str], one: Template) -> list[str]:
    """What varies among a template's lines: `took 3-998`, `user alice, bob`, `31 values`.

    At most `PLACES` of them, in the line's order; a place that never varies is left out.
    """
    first = lines[one.lines[0]][:WIDTH].split(None, WORDS)
    values = [dict[str, None]() for _ in one.words]
    for start in range(0, len(one.lines), AT_ONCE):
        numbers = one.lines[start : start + AT_ONCE]
        rows = [lines[at][:WIDTH].split(None, WORDS) for at in numbers]
        del values[min(map(len, rows)) :]
        for held, column in zip(values, zip(*rows, strict=False), strict=False):
            held.update(dict.fromkeys(column))
    found: list[str] = []
    for place, held in enumerate(values):
        if len(held) > 1:
            found.append(_varies(list(held), first[place - 1] if place else ""))
    return [text for text in found if text][:PLACES]


def _varies(values: Sequence[str], before: str) -> str:
    masks = {VARIABLE.sub("#", value) for value in values}
    if len(masks) > 1:
        return ", ".join(values) if len(values) <= VALUES else f"{len(values):,} words"
    mask = masks.pop()
    if mask.count("#") != 1 or any(mark in values[0] for mark in "-:"):
        return ""
    numbers = [float(hit.group()) for value in values if (hit := NUMBER.search(value))]
    low, high = values[numbers.index(min(numbers))], values[numbers.index(max(numbers))]
    label = "" if "=" in mask or not before.rstrip(":=").isalpha() else before.rstrip(":=") + " "
    return f"{label}{low}–{high}"
