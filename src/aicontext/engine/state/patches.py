"""Patches as Codex and its kin apply them: files, and in each what is replaced by what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aicontext.domain.messages import Message
from aicontext.engine.compress.compact.arguments import COMMAND_KEYS, parsed, strings

_BEGIN = "*** Begin Patch"
_FILE = re.compile(r"^\*\*\* (Add|Update|Delete) File: (.+)$")
_KEYS = ("input", "patch", *COMMAND_KEYS)


Hunk = tuple[tuple[str, ...], tuple[str, ...]]
"""(lines before, lines after)."""


@dataclass(frozen=True, slots=True)
class Patched:
    """hunks: in a file that was there. whole: all of a new one."""

    path: str
    hunks: tuple[Hunk, ...] = ()
    whole: str | None = None


def patched(call: Message) -> Iterator[Patched]:
    """The files that a call's patch adds or updates, in its order."""
    if _BEGIN not in call.text:
        return
    arguments = parsed(call.text)
    texts = strings(arguments, _KEYS) if arguments else [call.text]
    lines = next((text for text in texts if _BEGIN in text), "").split("\n")
    heads = [(n, match) for n, line in enumerate(lines) if (match := _FILE.match(line))]
    ends = [n for n, _ in heads[1:]] + [len(lines)]
    for (start, head), end in zip(heads, ends, strict=True):
        body = lines[start + 1 : end]
        if head[1] == "Add":
            added = [line[1:] for line in body if line.startswith("+")]
            yield Patched(head[2].strip(), whole="\n".join(added))
        elif head[1] == "Update":
            yield Patched(head[2].strip(), tuple(_hunks(body)))


def _hunks(body: list[str]) -> Iterator[Hunk]:
    before: list[str] = []
    after: list[str] = []
    for line in [*body, "@@"]:
        if line.startswith(("@@", "***")):
            if before or after:
                yield tuple(before), tuple(after)
            before, after = [], []
            continue
        if not line.startswith("+"):
            before.append(line[1:])
        if not line.startswith("-"):
            after.append(line[1:])
