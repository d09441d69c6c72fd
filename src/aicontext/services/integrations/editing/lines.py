"""Formats of one setting a line: INI, with sections, and env files, with quoting of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aicontext.domain.errors import InvalidInput
from aicontext.services.integrations.editing.tree import (
    Path,
    before_new_line,
    line_end,
    malformed,
    newline,
    next_line,
    spelled,
    without_lines,
    without_section,
)

_SECTION = re.compile(r"[ \t]*\[([^\]\r\n]+)\][ \t]*(?:[;#][^\r\n]*)?")
_PAIR = re.compile(r"[ \t]*([^\s=:;#\[][^=:\r\n]*?)[ \t]*([=:])[ \t]*([^\r\n]*)")
_LONE = re.compile(r"[ \t]*([^\s=:;#\[][^=:\r\n]*)")
_NAMED = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`", re.DOTALL)
_UNQUOTED = re.compile(r"[^\r\n#]*?(?=[ \t]*(?:$|[\r\n])|[ \t]+#)|[^\r\n]*")
_AFTER = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
_SAFE = re.compile(r"[\w.:/@%+,=~-]*")


@dataclass(frozen=True, slots=True)
class _Line:
    """path: the section, or the section and the key. start, end: of the lines. at: where the value
    starts, until: where it ends."""

    path: tuple[str, ...]
    start: int
    end: int
    at: int = 0
    until: int = 0
    value: str = ""


class Ini:
    """INI: a path is a section and a key, or a key before all sections."""

    def parse(self, text: str) -> dict[str, object]:
        data: dict[str, object] = {}
        for line in _ini(text):
            *section, key = line.path
            if line.at:
                table = data.setdefault(section[0], {}) if section else data
                if isinstance(table, dict):
                    table[key] = line.value
            else:
                data.setdefault(key, {})
        return data

    def put(self, text: str, path: Path, value: object) -> str:
        if isinstance(value, dict):
            for key, one in value.items():
                text = self.put(text, (*path, key), one)
            return text
        place, shown = _place(path), _shown(value)
        found = list(_ini(text))
        if (line := _last(found, place)) is not None and line.at:
            return text[: line.at] + shown + text[line.until :]
        return _put_line(text, found, place, f"{place[-1]} = {shown}")

    def take(self, text: str, path: Path) -> str:
        place = _place(path)
        for line in reversed([one for one in _ini(text) if one.path[: len(place)] == place]):
            text = (without_lines if line.at else without_section)(text, line.start, line.end)
        return text


class Env:
    """Files of variables: a path is a name."""

    def parse(self, text: str) -> dict[str, object]:
        return {line.path[0]: line.value for line in _env(text)}

    def put(self, text: str, path: Path, value: object) -> str:
        place, shown = _place(path), _shell(_shown(value))
        if len(place) != 1 or not _NAMED.fullmatch(f"{place[0]}="):
            raise InvalidInput(f"{spelled(path)} is no name of a variable.")
        found = list(_env(text))
        if (line := _last(found, place)) is not None:
            return text[: line.at] + shown + text[line.until :]
        exported = any(text[one.start : one.end].lstrip().startswith("export") for one in found)
        return _appended(text, f"{'export ' * exported}{place[0]}={shown}")

    def take(self, text: str, path: Path) -> str:
        for line in reversed([one for one in _env(text) if one.path == _place(path)]):
            text = without_lines(text, line.start, line.end)
        return text


def plain(value: object) -> object:
    """The value as it is read back: text."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return _shown(value)


def _place(path: Path) -> tuple[str, ...]:
    found = tuple(step for step in path if isinstance(step, str))
    if len(found) < len(path) or not 1 <= len(found) <= 2:
        raise InvalidInput(f"{spelled(path)} leads deeper than this format goes.")
    return found


def _shown(value: object) -> str:
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str | int | float) or re.search(r"[\r\n]|^\s|\s$", shown):
        raise InvalidInput(f"{shown[:40]!r} does not fit a line of this format.")
    return shown


def _shell(value: str) -> str:
    if _SAFE.fullmatch(value):
        return value
    if "'" in value:
        raise InvalidInput("A value with a single quote cannot be written to an env file.")
    return f"'{value}'"


def _last(found: list[_Line], place: tuple[str, ...]) -> _Line | None:
    return next((line for line in reversed(found) if line.path == place), None)


def _put_line(text: str, found: list[_Line], place: tuple[str, ...], line: str) -> str:
    """The text with a line at the end of its section, which may have to be begun."""
    section = place[:-1]
    within = [one for one in found if one.path[: len(section)] == section]
    if not section:
        within = [one for one in found if len(one.path) == 1 and one.at]
        if not within and found:
            return f"{line}{newline(text)}{text}"
    if not within:
        ending = newline(text)
        head = f"[{section[0]}]{ending}{line}" if section else line
        return _appended(text, head if not text.strip() or not section else f"{ending}{head}")
    last = within[-1]
    return f"{text[: last.end]}{newline(text)}{line}{text[last.end :]}"


def _appended(text: str, lines: str) -> str:
    last = "" if before_new_line(text) else newline(text)
    return text + before_new_line(text) + lines + last


def _ini(text: str) -> Iterator[_Line]:
    section: tuple[str, ...] = ()
    at = 0
    while at < len(text):
        end = line_end(text, at)
        if match := _SECTION.fullmatch(text, at, end):
            section = (match[1].strip(),)
            yield _Line(section, at, end)
        elif match := _PAIR.fullmatch(text, at, end):
            end = _continued(text, end)
            yield _Line(
                (*section, match[1]), at, end, match.start(3), end, text[match.start(3) : end]
            )
        elif match := _LONE.fullmatch(text, at, end):
            name = match[1].rstrip()
            yield _Line((*section, name), at, end, match.end(1), match.end(1))
        elif (rest := text[at:end].strip()) and rest[0] not in ";#":
            raise malformed(text, at, "a section, a key or a comment is expected")
        at = next_line(text, end)


def _continued(text: str, end: int) -> int:
    """Where a value ends that goes on in deeper lines."""
    while (after := next_line(text, end)) < len(text) and text[after] in " \t":
        last = line_end(text, after)
        if not text[after:last].strip() or _SECTION.fullmatch(text, after, last):
            break
        end = last
    return end


def _env(text: str) -> Iterator[_Line]:
    at = 0
    while at < len(text):
        end = line_end(text, at)
        rest = text[at:end].strip()
        if rest and rest[0] != "#":
            match = _NAMED.match(text, at)
            if match is None:
                raise malformed(text, at, "NAME=value or a comment is expected")
            line = _assigned(text, at, match)
            yield line
            end = line.end
        at = next_line(text, end)


def _assigned(text: str, start: int, named: re.Match[str]) -> _Line:
    at = named.end()
    quoted = _QUOTED.match(text, at)
    if quoted and _AFTER.match(text, quoted.end()):
        until, value = quoted.end(), quoted[0][1:-1]
    else:
        match = _UNQUOTED.match(text, at, line_end(text, at))
        assert match
        until, value = match.end(), match[0]
    return _Line((named[1],), start, line_end(text, until), at, until, value)
