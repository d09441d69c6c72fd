"""What several tasks printed at once, sorted by task: each name stands once, above its lines."""

from __future__ import annotations

from collections.abc import Sequence

from aicontext.engine.detect.tasks import labelled, task


def by_task(lines: list[str]) -> list[str]:
    """Each task's lines in their order under its name; lines without names stay as they are.

    Lines before the first task come first, others that belong to none come last.
    """
    if not labelled(lines):
        return lines
    found: dict[str, list[str]] = {"": []}
    rest: list[str] = []
    for line in lines:
        name, start = task(line)
        if name:
            found.setdefault(name, [f"{name}:"]).append(line[start:])
        else:
            (rest if len(found) > 1 else found[""]).append(line)
    return [*_flat(list(found.values())), *rest]


def _flat(groups: Sequence[Sequence[str]]) -> list[str]:
    return [line for group in groups for line in group]
