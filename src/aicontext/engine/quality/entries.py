"""Evidence of structured text: places of matches, names listed, keys, cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aicontext.domain.context import Evidence, Form
from aicontext.engine.quality.reading import LONGEST, clipped

_MATCH = re.compile(r"((?:[A-Za-z]:)?[^\s:][^:\t\n]{0,300}):(\d{1,9}):")
_UNDER = re.compile(r"(\d{1,9}):")
_DETAILED = re.compile(
    r"[-dlbcps][-rwxsStT]{9}[@+.]?\s.{0,120}(?:\d\d:?\d\d(?::\d\d)?|\d{4}) (\S.{0,250})\Z"
)
_MODES = tuple("-dlbcps")
_DRAWN = re.compile(r"[\s│├└─|`\xa0+-]*")
_STATUS = re.compile(r"[ MADRCTU?!]{2} (?=\S)")
_KEY = re.compile(r'"([^"\\\n]{1,80})"\s{0,8}:')
_SETTING = re.compile(
    r"\s{0,80}(?:- )?(?:export )?\"?([A-Za-z_][\w.-]{1,80})\"? ?(?::(?:\s|\Z)|= ?)"
)
_SETTINGS = re.compile(
    r"\n[^\S\n]{0,80}+(?:- )?+(?:export )?\"?+([A-Za-z_][\w.-]{1,80}+)\"?+ ?+(?::(?!\S)|=)"
)
"""The same on all lines of a text at once. Little is tried twice: it is fast."""
_ELEMENT = re.compile(r"<([A-Za-z][\w:.-]{0,60})(?:\s[^<>]{0,300})?>([^<>\n]{2,200})</\1>")
_NAMED = re.compile(
    r"name = \"([^\"]{1,200})\"|\s{0,200}[\"']?(?:[^\s\"']{0,300}node_modules/)?"
    r"((?:@[\w.-]{1,100}/)?[\w.][\w.-]{0,100})?[\"']?: ?\{?\Z"
)
_VERSION = re.compile(r"\s{0,200}\"?version\"?(?: =|:)? [\"']?([\w.+-]{1,100})")
_PINNED = re.compile(
    r"(\S{1,300}) (v[^\s/]{1,200})(?:/go\.mod)? h1:|([\w.-]{1,100}==[\w.+!-]{1,100})"
    r"|\s{1,9}'?((?:@[\w.-]{1,100}/)?[\w.-]{1,100}@\d[\w.+-]{0,100})[^\n:]{0,999}:\Z"
)
_RULE = re.compile(r"[\s|+:=\-]*\Z")
_CELL = re.compile(r"\s*\|\s*|\t+| {2,}|,")


def of_search(lines: Sequence[str]) -> Iterator[Evidence]:
    """Every match's path and line number, whether the path stands before or above it."""
    path = ""
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if match := _MATCH.match(line):
            yield Evidence("match", (match[1], match[2]), Form.PLACE)
        elif under := _UNDER.match(line):
            yield Evidence("match", (path, under[1]), Form.PLACE)
        elif _UNDER.match(after) and line.strip() and len(line) <= LONGEST:
            path = line.strip()


def of_listing(lines: Sequence[str]) -> Iterator[Evidence]:
    """The last part of every path, as often as it is listed."""
    for line in lines:
        if len(line) > LONGEST:
            continue
        bare = " " not in line and line[:1].isalnum()
        shown = line if bare else _listed(line)
        name = shown.strip().rstrip("/:").rpartition("/")[2]
        if name not in ("", ".", ".."):
            yield Evidence("entry", (name,))


def _listed(line: str) -> str:
    """What a line lists, without modes and sizes, branches of a tree, or git's signs before it."""
    if line.startswith("total "):
        return ""
    if line[2:3] == " " and (status := _STATUS.match(line)):
        return line[status.end() :]
    if line[:1] in _MODES and (detailed := _DETAILED.match(line)):
        line = detailed[1]
    drawn = _DRAWN.match(line)
    return line[drawn.end() :] if drawn else line


def of_json(lines: Sequence[str]) -> Iterator[Evidence]:
    """Each distinct key."""
    seen: dict[str, None] = {}
    for line in lines:
        seen.update(dict.fromkeys(_KEY.findall(line)))
    yield from (Evidence("key", (key,)) for key in seen)


def of_settings(lines: Sequence[str]) -> Iterator[Evidence]:
    """Keys as often as they are set; texts of XML elements that stand on one line."""
    keys: dict[str, Evidence] = {}
    text = "\n".join(("", *lines))
    if "</" not in text and max(map(len, lines), default=0) <= 2 * LONGEST:
        names: list[str] = _SETTINGS.findall(text)
        keys = {name: Evidence("key", (name,)) for name in dict.fromkeys(names)}
        yield from map(keys.__getitem__, names)
        return
    for line in lines:
        if len(line) > 2 * LONGEST:
            continue
        if key := _SETTING.match(line):
            name = key[1]
            found = keys.get(name)
            if found is None:
                found = keys[name] = Evidence("key", (name,))
            yield found
        elif "</" in line:
            for element in _ELEMENT.finditer(line):
                if "&" not in element[2] and element[2].strip():
                    yield Evidence("element", (clipped(element[2]),))


def of_lock(lines: Sequence[str]) -> Iterator[Evidence]:
    """Each package with its version beside it."""
    name = ""
    for line in lines:
        if len(line) > 4 * LONGEST:
            continue
        if pinned := _PINNED.match(line):
            said = (part.replace("==", " ") for part in pinned.groups() if part)
            yield Evidence("package", tuple(said))
        elif version := _VERSION.match(line):
            if name:
                yield Evidence("package", (f"{name} {version[1]}",))
                name = ""
        elif line.endswith(":") and "@" in line and not line[0].isspace():
            name = line[:-1].rpartition(", ")[2].strip('"')
        elif named := _NAMED.match(line):
            name = named[1] or named[2] or ""


def of_table(lines: Sequence[str]) -> Iterator[Evidence]:
    """The first cell of every row."""
    for line in lines:
        if len(line) > 4 * LONGEST or (not line[:1].isalnum() and _RULE.match(line)):
            continue
        told = line.strip().strip("|").strip()
        end = _CELL.search(told)
        first = (told[: end.start()] or told[end.end() :]) if end else told
        if first := first.strip():
            yield Evidence("row", (clipped(first),))
