"""Shows what linters, type checkers and compilers found: each message once, with all its places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.log.condenser import LogCondenser
from aicontext.engine.condense.marks import Marks
from aicontext.engine.condense.terminal import plain_lines
from aicontext.engine.detect.findings import Finding, Findings, read

INDENT = "  "
LOG = LogCondenser()


@dataclass(frozen=True, slots=True)
class LintCondenser:
    """Keeps every message, place and hint; code frames and repeated messages go."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """By message or by file, whichever is shorter."""
        found = read(plain_lines(text))
        if found is None:
            return None
        best = min(_layouts(found, Marks.of(text)), key=count)
        if count(best) >= count(text):
            return None
        return Rendition(Level.CONDENSED, best, "each message once with its places, no code frames")

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The errors that weigh most, as of a log."""
        return LOG.excerpt(text, ask, budget, count)


CONDENSER = LintCondenser()


def _layouts(found: Findings, marks: Marks) -> Iterator[str]:
    head = [marks.gap(found.frames, "lines of code frames")] if found.frames else []
    for rows in (_by_message(found.found), _by_file(found.found)):
        yield "\n".join([*found.before, *head, *rows, *found.after])


def _by_message(found: Sequence[Finding]) -> Iterator[str]:
    """The message, its notes, and below them `path:12:5 14:2` for each file."""
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for one in found:
        places = groups.setdefault((one.said, *one.notes), {})
        places.setdefault(one.path, []).append(one.place)
    for (said, *notes), files in groups.items():
        yield said
        yield from (INDENT + note for note in notes)
        yield from (f"{path}:{' '.join(places)}" for path, places in files.items())


def _by_file(found: Sequence[Finding]) -> Iterator[str]:
    """The path, and below it `12:5 14:2: message`."""
    for path, ones in groupby(found, key=lambda one: one.path):
        yield path
        groups: dict[tuple[str, ...], list[str]] = {}
        for one in ones:
            groups.setdefault((one.said, *one.notes), []).append(one.place)
        for (said, *notes), places in groups.items():
            yield f"{' '.join(places)}: {said}"
            yield from (INDENT + note for note in notes)
