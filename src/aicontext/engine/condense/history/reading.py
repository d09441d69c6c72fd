"""Reads what `git log` prints into commits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_GRAPH = re.compile(r"(?:[|*\\/_] ?)+")
_DRAWN = ("* ", "*\t", "| ", "|\\", "|/")
_COMMIT = re.compile(r"commit ([0-9a-f]{7,64})\b(.*)\Z")
_HEADER = re.compile(r"([A-Z][A-Za-z ]{2,15}): +(\S.*)\Z")
_PERSON = re.compile(r"([^<]{1,200}?) {0,9}<[^<>]{0,200}>\Z")
_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) \d\d:\d\d:\d\d (\d{4})\b")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=[ T]\d\d:)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TRAILER = re.compile(r"(?:[A-Z][A-Za-z-]{1,30}-[Bb]y|Change-Id|Git-Dch|git-svn-id): \S")
_STAT = re.compile(r" (\S.{0,300}?) {1,300}\| {1,9}(\d+|Bin\b.{0,60}?)(?: [+-]+)?\Z")
_SUM = re.compile(r" \d+ files? changed(?:, \d+ (?:insertions?|deletions?)\([+-]\))*\Z")


@dataclass(slots=True)
class Commit:
    """A commit. notes: of merges and names that point to it. files: path and changed lines.

    margin: blanks that its message is indented by. other: lines that are none of these, as they
    stand.
    """

    id: str
    notes: list[str] = field(default_factory=list)
    who: str = ""
    day: str = ""
    margin: int = 4
    message: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    @property
    def subject(self) -> str:
        return self.message[0] if self.message else ""

    @property
    def body(self) -> list[str]:
        """The message below its subject."""
        return self.message[1:]


def read(lines: Sequence[str]) -> tuple[list[str], list[Commit]]:
    """(lines before the first commit, the commits in their order). Linear, never raises."""
    drawn = any(line.startswith(_DRAWN) for line in lines)
    before: list[str] = []
    found: list[Commit] = []
    heads = False
    for line in lines:
        if drawn and (graph := _GRAPH.match(line)):
            line = line[graph.end() :]
        if opened := _COMMIT.match(line.lstrip() if drawn else line):
            found.append(Commit(opened[1], _names(opened[2])))
            heads = True
        elif not found:
            before.append(line)
        elif heads and line.strip():
            _header(found[-1], line.strip())
        elif not line.strip():
            heads = False
        else:
            _told(found[-1], line)
    return before, found


def _names(rest: str) -> list[str]:
    return [rest.strip()] if rest.strip() else []


def _header(commit: Commit, line: str) -> None:
    name, said = found.groups() if (found := _HEADER.match(line)) else ("", line)
    if name == "Author":
        person = _PERSON.match(said)
        commit.who = person[1] if person else said
    elif name in ("Date", "AuthorDate"):
        commit.day = _day(said)
    elif name == "Merge":
        commit.notes.append(f"(merge {said})")
    elif name not in ("Commit", "CommitDate"):
        commit.other.append(line)


def _day(said: str) -> str:
    if (found := _DATE.match(said)) and found[1] in _MONTHS:
        return f"{found[3]}-{_MONTHS.index(found[1]) + 1:02}-{int(found[2]):02}"
    day = _DAY.match(said)
    return day[0] if day else said


def _told(commit: Commit, line: str) -> None:
    if line.startswith("    "):
        if not commit.message:
            commit.margin = len(line) - len(line.lstrip())
        said = line[commit.margin :].rstrip() if line[: commit.margin].isspace() else line.strip()
        if not _TRAILER.match(said):
            commit.message.append(said)
    elif stat := _STAT.match(line):
        commit.files.append(f"{stat[1]} {stat[2]}")
    elif not _SUM.match(line):
        commit.other.append(line)
