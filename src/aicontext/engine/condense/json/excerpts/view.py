"""A JSON value as lines: small values whole on a line, larger ones opened and indented."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from aicontext.engine.condense.json.source import SPELLED, Document, Value

_WIDEST = 160
"""Characters up to which an object or list stands on one line; rows of a list always do."""
_CHUNK = 100
"""Characters of scalars on one line."""
_FEWEST_ROWS = 3
_encode = json.JSONEncoder(ensure_ascii=False).encode
_DEEPEST = 40


@dataclass(slots=True)
class Line:
    """One line. parent: index of the line that opens what it stands in, -1 at the top.

    row: an item of a list of objects. opens: it only opens what follows.
    """

    text: str
    parent: int
    depth: int
    row: bool = False
    opens: bool = False


@dataclass(slots=True)
class View:
    """The lines of a document. lists: by the line that opens it, the rows of a list and the
    lines where they begin."""

    lines: list[Line] = field(default_factory=list)
    lists: dict[int, tuple[list[Value], list[int]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value's line goes: what stands before it, the line that opens it, how deep."""

    label: str
    parent: int
    depth: int


def spelled(value: Value) -> str:
    """JSON on one line, with a space after colons and commas."""
    text = _encode(value)
    if SPELLED in text:
        text = text.replace(f'"{SPELLED}', "").replace(f'{SPELLED}"', "")
    if not text.isprintable():
        text = "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
    return text


@dataclass(frozen=True, slots=True)
class Viewer:
    """Makes a view. widest: characters of a string that are shown. terms: where a longer string
    holds one of these, the part around it is shown; opening: how a mark begins."""

    widest: int
    terms: Sequence[str]
    opening: str

    def view(self, document: Document) -> View:
        """The document's lines, the text around the value included."""
        found = View()
        self._around(found, document.head)
        what = "JSON lines, " if document.lines else "JSON "
        # The next one last.
        waiting = [(document.value, _Place(what, -1, 0))]
        while waiting:
            value, place = waiting.pop()
            at = len(found.lines)
            inner = self._line(found, value, place)
            waiting += [(v, _Place(key, at, place.depth + 1)) for key, v in reversed(inner)]
        self._around(found, document.tail)
        return found

    def _around(self, found: View, text: str) -> None:
        for line in text.split("\n"):
            if line.strip():
                found.lines.append(Line(self.clipped(line), -1, 0))

    def _line(self, found: View, value: Value, place: _Place) -> list[tuple[str, Value]]:
        """Append the line of a value; what is to be opened below it."""
        row = place.parent in found.lists
        if row:
            found.lists[place.parent][1].append(len(found.lines))
        short = self._on_one_line(value, row, place.depth)
        if short is not None:
            found.lines.append(Line(place.label + short, place.parent, place.depth, row=row))
            return []
        if isinstance(value, dict):
            text = f"{place.label}{{ {_amount(value, 'key')}"
            found.lines.append(Line(text, place.parent, place.depth, row=row, opens=True))
            return [(f"{spelled(key)}: ", item) for key, item in value.items()]
        return self._list(found, value if isinstance(value, list) else [], place)

    def _list(self, found: View, items: list[Value], place: _Place) -> list[tuple[str, Value]]:
        at = len(found.lines)
        row = place.parent in found.lists
        same = self._same(items)
        text = f"{place.label}[ {_amount(items, 'row' if _rows(items) else 'item')}"
        if same:
            text += f", each also with {spelled(same)}"
        found.lines.append(Line(text, place.parent, place.depth, row=row, opens=True))
        if _rows(items):
            found.lists[at] = (items, [])
        elif not any(isinstance(item, dict | list) for item in items):
            for chunk in self._chunks(items):
                found.lines.append(Line(chunk, at, place.depth + 1))
            return []
        return [("", _without(item, same)) for item in items]

    def _chunks(self, items: list[Value]) -> Iterator[str]:
        """Scalars, as many on a line as fit."""
        line: list[str] = []
        width = 0
        for item in items:
            text = self._spelled(item)
            if width + len(text) > _CHUNK and line:
                yield ", ".join(line)
                line, width = [], 0
            line.append(text)
            width += len(text) + 2
        if line:
            yield ", ".join(line)

    def _on_one_line(self, value: Value, row: bool, depth: int) -> str | None:
        """The value clipped; None where it is opened: a row only if it takes much of the budget."""
        if depth == 0:
            return None
        if not isinstance(value, dict | list) or depth > _DEEPEST or not value:
            return self._spelled(value)
        most = max(_WIDEST, 2 * self.widest) if row else _WIDEST
        text = self._spelled(value) if len(value) < most else None
        return text if text is not None and len(text) <= most else None

    def _spelled(self, value: Value) -> str:
        """The value with its long strings clipped, on one line."""
        text = spelled(value)
        return text if len(text) <= self.widest else spelled(self._clipped_value(value))

    def _same(self, rows: list[Value]) -> dict[str, Value]:
        """The keys that have one value in all rows; none where telling them takes much."""
        first = rows[0] if rows else None
        if not _rows(rows) or not isinstance(first, dict):
            return {}
        same = {
            key: value
            for key, value in first.items()
            if all(isinstance(r, dict) and key in r and _equal(r[key], value) for r in rows)
        }
        return same if len(spelled(same)) < self.widest else {}

    def _clipped_value(self, value: Value) -> Value:
        """The value with its long strings clipped; nested values beyond a bound as they are."""
        if isinstance(value, str):
            return self.clipped(value)
        if isinstance(value, dict):
            return {key: self._clipped_value(item) for key, item in value.items()}
        return [self._clipped_value(item) for item in value] if isinstance(value, list) else value

    def clipped(self, text: str) -> str:
        """The text, or its part around the first term, with marks for what is left out."""
        if len(text) <= self.widest or text.startswith(SPELLED):
            return text
        folded = text.lower()
        places = [at for at in (folded.find(term) for term in self.terms) if at >= 0]
        start = max(0, min(places, default=0) - self.widest // 3)
        end = start + self.widest
        head = f"{self.opening} {start:,} characters]" if start else ""
        left = len(text) - end
        tail = f"{self.opening} {left:,} characters]" if left > 0 else ""
        return f"{head}{text[start:end]}{tail}"


def _rows(items: list[Value]) -> bool:
    objects = sum(isinstance(item, dict) for item in items)
    return len(items) >= _FEWEST_ROWS and objects * 2 > len(items)


def _without(item: Value, same: Iterable[str]) -> Value:
    if not same or not isinstance(item, dict):
        return item
    left = {key: value for key, value in item.items() if key not in same}
    return left


def _equal(one: Value, other: Value) -> bool:
    return (
        type(one) is type(other)
        and one == other
        and (not isinstance(one, dict | list) or spelled(one) == spelled(other))
    )


def _amount(items: dict[str, Value] | list[Value], noun: str) -> str:
    return f"{len(items):,} {noun}{'' if len(items) == 1 else 's'}"
