"""Evidence of changes: of diffs files, places and changed lines, of a history its commits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aicontext.domain.context import Evidence, Form
from aicontext.engine.quality.reading import clipped

_LINE = Form.LINE
_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_COMBINED = re.compile(r"@@@+ (?:-\d{1,9}(?:,\d{1,9})? )+\+\d{1,9}(?:,\d{1,9})? @@@+")
_COMMIT = re.compile(r"commit ([0-9a-f]{7,10})[0-9a-f]{0,54}\b")
_GRAPH = 60
"""Characters of a drawn graph that may stand before a commit."""
_HEADER = re.compile(
    r"[|*\\/_\s]{0,60}"
    r"(?:Merge|Author|AuthorDate|Commit|CommitDate|Date|Reflog|Reflog message|gpg)\b.{0,9}: "
)
_STAT = re.compile(r"[|*\\/_\s]{0,60} ([^\s|][^|\n]{0,200}?) {1,300}\| {1,9}(?:\d+|Bin)\b")
_FILE = re.compile(r"(?:\+\+\+|---) (?:[abciw]/)?([^\t\n]{1,300})|rename to (.{1,300})")


def of_diff(lines: Sequence[str]) -> Iterator[Evidence]:
    """Counts the lines of each hunk, so that a removed `-- x` is no file and a file no change."""
    old = new = 0
    combined = False
    for line in lines:
        sign = line[:1]
        if old > 0 or new > 0:
            if sign in "+-" and sign:
                old, new = old - (sign == "-"), new - (sign == "+")
                yield from _change(line)
                continue
            if sign in (" ", "") or sign == "\\":
                step = sign != "\\"
                old, new = old - step, new - step
                continue
            old = new = 0
        if hunk := _HUNK.match(line):
            old, new, combined = int(hunk[1] or 1), int(hunk[2] or 1), False
            yield Evidence("hunk position", (hunk[0],))
        elif match := _COMBINED.match(line):
            combined = True
            yield Evidence("hunk position", (match[0],))
        elif found := _FILE.match(line):
            combined = False
            path = (found[1] or found[2]).strip()
            if path != "/dev/null":
                yield Evidence("changed file", (path,))
        elif combined and ("+" in line[:2] or "-" in line[:2]):
            yield from _change(line)


def of_history(lines: Sequence[str]) -> Iterator[Evidence]:
    """Each commit: the beginning of its id, and its subject; the files of its statistics."""
    commit = ""
    for line in lines:
        if (at := line.find("commit ", 0, _GRAPH)) >= 0 and (found := _COMMIT.match(line, at)):
            commit = found[1]
        elif stat := _STAT.match(line):
            yield Evidence("changed file", (stat[1],))
        elif commit and not _HEADER.match(line) and (subject := line.lstrip("|*\\/_ \t")):
            yield Evidence("commit", (commit, clipped(subject)))
            commit = ""


def _change(line: str) -> Iterator[Evidence]:
    if line[1:].strip():
        yield Evidence("changed line", (line,), _LINE)
