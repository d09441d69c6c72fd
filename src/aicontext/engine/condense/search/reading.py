"""Reads search output into hits, whatever tool and options printed it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_LONGEST_PATH = 300
_LEAST_READ = 0.8
_NUMBERED = re.compile(r"(\d{1,9})([:-])")
# Tabs, `T12` and bare numbers before the colon are those of stamped log lines.
_PREFIXED = re.compile(
    r"(?!\d{1,9}:)((?:[A-Za-z]:[\\/]|[\w./~^@-]{1,80}:(?=[^\s:\d]))?"  # a drive, or a git revision
    rf"[^\s:][^:\t\n]{{0,{_LONGEST_PATH}}}?)(?<![ T]\d\d):(\d{{1,9}}):"
)
_AROUND = re.compile(r"-(\d{1,9})-")
_NAMED = re.compile(r"((?:[A-Za-z]:[\\/])?(?:[\w.@+~-]+[\\/])*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,9}):")
_COLUMN = re.compile(r"\d{1,5}:")


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a file. number: 0 where the tool printed none. matched: not just context.

    at: index of its line in the output.
    """

    path: str
    number: int
    text: str
    matched: bool
    at: int


@dataclass(frozen=True, slots=True)
class Reading:
    """hits: in the output's order. strays: (index, line) of lines that are no hits."""

    hits: tuple[Hit, ...]
    strays: tuple[tuple[int, str], ...]

    @property
    def numbered(self) -> bool:
        return any(hit.number for hit in self.hits)


def read(lines: Sequence[str]) -> Reading | None:
    """The hits of search output; None where less than four fifths of the lines read as such."""
    told = [i for i, line in enumerate(lines) if line and line != "--"]
    prefixed = {i: match for i in told if (match := _PREFIXED.match(lines[i]))}
    bare = (_NUMBERED.match(lines[i]) for i in told if i not in prefixed)
    headed = sum(match is not None and match[2] == ":" for match in bare)
    if len(prefixed) >= headed and prefixed:
        found = _prefixed(lines, told, prefixed)
    elif headed:
        found = _headed(lines, told)
    else:
        found = _unnumbered(lines, told)
    matched = any(hit.matched for hit in found.hits)
    if not matched or len(found.strays) > (1 - _LEAST_READ) * len(told) or not _ascends(found):
        return None
    return _without_columns(found)


def _prefixed(
    lines: Sequence[str], told: Sequence[int], own: Mapping[int, re.Match[str]]
) -> Reading:
    """`path:12:text`, and `path-12-text` around a match."""
    matched = {match[1] for match in own.values()}
    paths = {path.rsplit("/", 1)[-1]: path for path in matched} | {path: path for path in matched}
    hits, strays = [], []
    for i in told:
        if match := own.get(i):
            hits.append(Hit(match[1], int(match[2]), lines[i][match.end() :], True, i))
        elif around := _around(lines[i], paths):
            path, number, start = around
            hits.append(Hit(path, number, lines[i][start:], False, i))
        else:
            strays.append((i, lines[i]))
    return Reading(tuple(hits), tuple(strays))


def _around(line: str, paths: Mapping[str, str]) -> tuple[str, int, int] | None:
    """(path, number, start of the text) of a context line.

    paths: the matches' paths by path and by name. Some tools print the path of a match relative
    and that of its context absolute.
    """
    for match in _AROUND.finditer(line[: _LONGEST_PATH + 12]):
        shown = line[: match.start()]
        path = paths.get(shown) or paths.get(shown.rsplit("/", 1)[-1], "")
        if path and (shown == path or shown.endswith("/" + path)):
            return path, int(match[1]), match.end()
    return None


def _headed(lines: Sequence[str], told: Sequence[int]) -> Reading:
    """`12:text` under a line that holds the path, or without one where a single file was read."""
    hits, strays = [], []
    path = ""
    for i, after in zip(told, [*told[1:], len(lines)], strict=True):
        line = lines[i]
        if match := _NUMBERED.match(line):
            hits.append(Hit(path, int(match[1]), line[match.end() :], match[2] == ":", i))
        elif after < len(lines) and _NUMBERED.match(lines[after]) and not line[0].isspace():
            path = line
        else:
            strays.append((i, line))
    return Reading(tuple(hits), tuple(strays))


def _unnumbered(lines: Sequence[str], told: Sequence[int]) -> Reading:
    """`path:text`."""
    hits, strays = [], []
    for i in told:
        if match := _NAMED.match(lines[i]):
            hits.append(Hit(match[1], 0, lines[i][match.end() :], True, i))
        else:
            strays.append((i, lines[i]))
    return Reading(tuple(hits), tuple(strays))


def _ascends(found: Reading) -> bool:
    """Whether numbers rise within files: in a log, what looks like them does not."""
    pairs = zip(found.hits, found.hits[1:], strict=False)
    falls = sum(a.path == b.path and a.number > b.number for a, b in pairs)
    return falls <= 0.05 * len(found.hits)


def _without_columns(found: Reading) -> Reading:
    """`path:12:5:text` carries a column in every match."""
    columns = [_COLUMN.match(hit.text) for hit in found.hits]
    if not found.numbered or not all(
        column or not hit.matched for column, hit in zip(columns, found.hits, strict=True)
    ):
        return found
    hits = (
        Hit(hit.path, hit.number, hit.text[column.end() :], True, hit.at)
        if column and hit.matched
        else hit
        for column, hit in zip(columns, found.hits, strict=True)
    )
    return Reading(tuple(hits), found.strays)
