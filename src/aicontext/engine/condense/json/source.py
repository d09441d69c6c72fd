"""JSON text to a value and back, exact to the digit.

Numbers whose spelling Python would change (`1.10`, `-0`, `1e400`) travel as strings between two
private-use characters, so that the value written back has every number as it was spelled.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | float | bool | None"

SPELLED = "\ue000"
"""Stands before and after a number that is kept as its spelling."""

MAX_DEPTH = 64
_LONGEST_INT = 300
_LONGEST_FRAME = 2_000
_MOST_STARTS = 8
_BOXES = frozenset((dict, list))
_OPENING = re.compile(r"^[ \t]*([\[{])", re.MULTILINE)


class _NotOurs(ValueError):
    """JSON that cannot be written back exactly."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON value in its text.

    head, tail: the text around the value, verbatim. lines: the value is a list whose items stood
    on one line each (JSON lines). text: the value minified, the canonical form.
    """

    head: str
    value: Value
    tail: str
    lines: bool
    text: str

    @property
    def whole(self) -> str:
        """The document in canonical form: what a decoder must give back."""
        return f"{self.head}{self.text}{self.tail}"


def parse(text: str) -> Document | None:
    """The JSON value of a text, with a little other text around it, or JSON lines.

    None for anything else: truncated JSON, duplicate keys, nesting beyond 64.
    """
    if SPELLED in text or "\\ue000" in text or "\\uE000" in text:
        return None
    for opening in islice(_OPENING.finditer(text, 0, _LONGEST_FRAME), _MOST_STARTS):
        try:
            found = _read(text, opening)
        except (ValueError, RecursionError):
            continue
        if found is not None:
            return found
    return None


def _read(text: str, opening: re.Match[str]) -> Document | None:
    start = opening.start(1)
    value, end = _DECODER.raw_decode(text, start)
    head = text[: opening.start()] if text[:start].strip() else ""
    rest = text[end:] if text[end:].strip() else ""
    if rest.lstrip()[:1] not in ("{", "["):
        rest = rest.lstrip(" \t\r")
        if rest[:1] not in ("", "\n"):
            return None
        kept = len(rest) <= _LONGEST_FRAME and _shallow(value)
        return Document(head, value, rest, False, dumps(value)) if kept else None
    values = [loads(line) for line in text[start:].split("\n") if line.strip()]
    if len(values) < 2 or not _shallow(values):
        return None
    return Document(head, values, "", True, "\n".join(map(dumps, values)))


def loads(text: str) -> Value:
    """The value of JSON text, numbers as `parse` has them. Raises ValueError."""
    found: Value = _DECODER.decode(text)
    return found


def dumps(value: Value) -> str:
    """Canonical JSON: minified, characters as themselves (lone surrogates escaped)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if SPELLED in text:
        text = text.replace(f'"{SPELLED}', "").replace(f'{SPELLED}"', "")
    return _encodable(text)


def _encodable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
    return text


def _shallow(value: Value) -> bool:
    """Whether the nesting stays within MAX_DEPTH; level by level, without recursion."""
    level = [value]
    for _ in range(MAX_DEPTH):
        inner: list[Value] = []
        for box in level:
            items = box.values() if isinstance(box, dict) else box
            inner += [item for item in items if type(item) in _BOXES]  # type: ignore[union-attr]
        level = inner
        if not level:
            return True
    return False


def _pairs(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotOurs
    return found


def _integer(spelling: str) -> int | str:
    if spelling == "-0" or len(spelling) > _LONGEST_INT:
        return f"{SPELLED}{spelling}{SPELLED}"
    return int(spelling)


def _real(spelling: str) -> float | str:
    number = float(spelling)
    return number if repr(number) == spelling else f"{SPELLED}{spelling}{SPELLED}"


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_int=_integer, parse_float=_real)
