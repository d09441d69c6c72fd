"""A whole document as tables: which lists and objects are shown as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aicontext.engine.condense.json import grammar
from aicontext.engine.condense.json.cells import literal, literals
from aicontext.engine.condense.json.shape import table_of, table_of_columns
from aicontext.engine.condense.json.sheet import sheet
from aicontext.engine.condense.json.source import SPELLED, Document, Value, dumps
from aicontext.engine.condense.json.write import rendered

_FEWEST_ROWS = 3
_BOXES = frozenset((dict, list))
_ALIKE = 0.8
_DEEPER = 4
"""Lists inside the rows that hold this many times the rows become the tables themselves."""
_MOST_TABLES = 40
_LEAST_SAVED = 0.9
"""A table must be this much shorter than its JSON, in characters."""


def tabled(document: Document) -> str | None:
    """The document's lists of objects as tables; None where there are none worth it."""
    brackets = _free(document.text)
    if brackets is None:
        return None
    if document.lines:
        table = _table(document.value, "lines", brackets)
        return f"{document.head}{table}{document.tail}" if table else None
    placer = _Placer(document, brackets, [])
    left, tables = placer.placed(document.value), placer.tables
    if not tables:
        return None
    shown = tables[0]
    if isinstance(left, dict | list):
        noun = "table" if len(tables) == 1 else "tables"
        outer = f"JSON with {len(tables)} {noun} in its place ({_mark(brackets, 1)}):"
        numbered = [f"table {n}: {table}" for n, table in enumerate(tables, start=1)]
        shown = "\n".join([outer, dumps(left), *numbered])
    return f"{document.head}{shown}{document.tail}"


def _free(text: str) -> str | None:
    """Brackets that the text does not hold."""
    return next((p for p in grammar.BRACKETS if p[0] not in text and p[1] not in text), None)


def tabled_columns(names: Sequence[str], columns: Sequence[list[str]]) -> tuple[str, str]:
    """(a table of rows that all have the same keys, "" where it is not worth it; their JSON).

    columns: the cells under each name.
    """
    keys = [literal(name).replace("%", "%%") for name in names]
    row = "{" + ",".join(f"{key}:%s" for key in keys) + "}"
    texts = (literals(column) for column in columns)
    canonical = f"[{','.join(map(row.__mod__, zip(*texts, strict=True)))}]"
    brackets = _free(canonical)
    if brackets is None:
        return "", canonical
    shown = rendered(sheet(table_of_columns(names, columns)), "list", brackets)
    return (shown if len(shown) < _LEAST_SAVED * len(canonical) else ""), canonical


def _mark(brackets: str, number: int) -> str:
    return f"{brackets[0]}table {number}{brackets[1]}"


@dataclass(frozen=True, slots=True)
class _Placer:
    """Takes the tables out of a document, in the text's order."""

    document: Document
    brackets: str
    tables: list[str]

    def placed(self, value: Value) -> Value:
        """The value with marks where its tables stood."""
        if not isinstance(value, dict | list) or len(self.tables) >= _MOST_TABLES:
            return value
        kind = _kind(value)
        table = _table(value, kind, self.brackets) if kind else None
        if table is not None and len(table) < _LEAST_SAVED * self._size(value):
            self.tables.append(table)
            # dumps writes what stands between two SPELLED without quotes.
            return f"{SPELLED}{_mark(self.brackets, len(self.tables))}{SPELLED}"
        if isinstance(value, dict):
            return {key: self.placed(item) for key, item in value.items()}
        return [self.placed(item) for item in value]

    def _size(self, value: Value) -> int:
        return len(self.document.text if value is self.document.value else dumps(value))


def _kind(value: dict[str, Value] | list[Value]) -> str:
    """list or map where the value may be a table, else nothing."""
    rows = list(value.values()) if isinstance(value, dict) else value
    objects = [row for row in rows if isinstance(row, dict)]
    if len(rows) < _FEWEST_ROWS or len(objects) < _ALIKE * len(rows):
        return ""
    inner = sum(_rows_in(item) for row in objects for item in row.values())
    if inner > _DEEPER * len(rows):
        return ""
    return "map" if isinstance(value, dict) else "list"


def _rows_in(value: Value) -> int:
    """How many rows a value would be, judged by its first."""
    if type(value) not in _BOXES or not value:
        return 0
    first = next(iter(value.values() if isinstance(value, dict) else value), None)  # type: ignore[arg-type]
    rows = len(value) if isinstance(first, dict) else 0  # type: ignore[arg-type]
    return rows if rows >= _FEWEST_ROWS else 0


def _table(value: Value, kind: str, brackets: str) -> str | None:
    if isinstance(value, dict):
        table = table_of(list(value.values()), list(value))
    else:
        table = table_of(value) if isinstance(value, list) else None
    if table is None:
        return None
    return rendered(sheet(table), kind, brackets)
