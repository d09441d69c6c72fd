"""Places in code that a task cites: the frames of a failure, and the hunks of a diff."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aicontext.engine.detect.hunks import HUNK, Part, read
from aicontext.engine.prioritize.repository.mentions import agreement
from aicontext.engine.prioritize.repository.task import Frame, read_task

MOST_FRAMES = 12
MOST_HUNKS = 24


@dataclass(frozen=True, slots=True)
class Cited:
    """Lines of a file, the most telling first. path: as it was printed. name: of the function, if
    that was said."""

    path: str
    first: int
    last: int
    name: str
    why: str


def cited(task: str) -> tuple[Cited, ...]:
    """The frames of the failures in a task, the innermost first, then the hunks of its diffs."""
    return (*_frames(read_task(task).frames), *_hunks(task.split("\n")))


def resolved(path: str, known: Iterable[str]) -> str:
    """The one of the known paths that agrees longest with a printed one, from its end; empty where
    none has its name or several agree alike."""
    parts = path.replace("\\", "/").split("/")
    alike = (own for own in known if own.endswith(parts[-1]))
    agreed = {own: agreement(own.split("/"), parts) for own in alike}
    most = max(agreed.values(), default=0)
    best = [own for own, length in agreed.items() if length == most]
    return best[0] if most and len(best) == 1 else ""


def _frames(frames: Sequence[Frame]) -> Iterator[Cited]:
    for i, frame in enumerate(frames[:MOST_FRAMES]):
        why = "innermost frame of the failure" if i == 0 else f"frame {i + 1} of the failure"
        name = frame.name.replace("::", ".").rpartition(".")[2]
        yield Cited(frame.path, frame.line, frame.line, name, why)


def _hunks(lines: Sequence[str]) -> Iterator[Cited]:
    """The changed lines of each hunk as the file has them after the change."""
    path, row = "", 0
    touched: list[int] = []
    found: list[Cited] = []
    for line, part in zip(lines, read(lines), strict=True):
        if part in (Part.META, Part.PLUMBING) and line.startswith("+++ "):
            path = line[4:].split("\t")[0].removeprefix("b/")
        if part is Part.HUNK or part not in (Part.CONTEXT, Part.CHANGED, Part.NOTE):
            found += _touched(path, touched)
            touched = []
        if part is Part.HUNK and (opened := HUNK.match(line)):
            row = int(opened[3])
        elif part in (Part.CONTEXT, Part.CHANGED):
            if part is Part.CHANGED:
                touched.append(row)
            row += not line.startswith("-")
    found += _touched(path, touched)
    yield from found[:MOST_HUNKS]


def _touched(path: str, rows: Sequence[int]) -> Iterator[Cited]:
    if path and rows:
        yield Cited(path, max(1, rows[0]), max(1, rows[-1]), "", "touched by the diff")
