"""Show tables for fewer tokens: CSV and TSV, markdown, psql and MySQL, and aligned columns.

CSV becomes the rows of a JSON table and is LOSSLESS: it is rebuilt and compared before it is
given out. Of the others padding and rules go, which cannot be rebuilt: CONDENSED, though every
cell stays.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from aicontext.domain.context import Ask, Count, Level, Rendition
from aicontext.engine.condense.fill import fill
from aicontext.engine.condense.json.cells import RAW
from aicontext.engine.condense.json.decode import decode, rebuilds
from aicontext.engine.condense.json.document import tabled_columns
from aicontext.engine.condense.json.excerpts.notable import ERROR, error_rows, odd_cells
from aicontext.engine.condense.marks import Marks
from aicontext.engine.detect.shapes import WIDEST_LINE, columns
from aicontext.engine.prioritize.bm25 import scores

_FEWEST_ROWS = 3
_MOST_COLUMNS = 500
_FOUND, _EDGE, _AROUND = 4.0, 0.5, 0.4
_GAP_COST = 7
_RULE = re.compile(r"[\s|+:=\-]*[-=]{2}[\s|+:=\-]*")
_INTEGER = re.compile(r"0|-?[1-9]\d{0,15}", re.ASCII)
_INTEGERS = re.compile(rf"(?:(?:{_INTEGER.pattern})(?:\n|\Z))+", re.ASCII)
_ends_in_digit = re.compile(r"[0-9](?![^\n])").search
_CSV_INTRO = "CSV: the header's names are the keys, every value is a field\n"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table taken apart. title: its header as written. lines: each row as written.

    head, tail: the lines around the table.
    """

    head: list[str]
    title: str
    names: list[str]
    rows: list[list[str]]
    lines: list[str]
    tail: list[str]


@dataclass(frozen=True, slots=True)
class TableCondenser:
    """Tables whose rows stand on lines."""

    def condense(self, text: str, ask: Ask, count: Count) -> Rendition | None:
        """Every cell, with repeated columns told once and padding left out."""
        lossless = _condensed_csv(text)
        if lossless is not None:
            if count(lossless) < count(text):
                return Rendition(Level.LOSSLESS, lossless, "columns told by template")
            return None
        grid = _piped(text) or _aligned(text)
        if grid is None:
            return None
        shown = _narrowed(grid)
        if count(shown) >= count(text):
            return None
        return Rendition(Level.CONDENSED, shown, "padding, rules and constant columns left out")

    def excerpt(self, text: str, ask: Ask, budget: int, count: Count) -> Rendition | None:
        """The header and the rows that the query asks for or that stand out, first and last."""
        grid = _piped(text) or _separated(text) or _aligned(text)
        if grid is None or budget <= 0:
            return None
        shown = _excerpt(grid, ask.query, Marks.of(text), budget, count)
        return Rendition(Level.EXCERPT, shown, "header and rows for the query") if shown else None


CONDENSER = TableCondenser()


def _piped(text: str) -> Grid | None:
    """A markdown, psql or MySQL table: a header with bars above a rule."""
    lines = text.split("\n")
    for at, line in enumerate(lines[:-1]):
        if "|" in line and _is_rule(lines[at + 1]):
            break
    else:
        return None
    names = _cells(lines[at])
    first, rows, shown = at + 2, [], []
    while first < len(lines) and ("|" in lines[first] or _is_rule(lines[first])):
        if not _is_rule(lines[first]):
            rows.append(_cells(lines[first]))
            shown.append(lines[first])
        first += 1
    if len(rows) < _FEWEST_ROWS or any(len(row) != len(names) for row in rows):
        return None
    head = [line for line in lines[:at] if not _is_rule(line)]
    return Grid(head, lines[at], names, rows, shown, lines[first:])


def _is_rule(line: str) -> bool:
    return len(line) <= 10 * WIDEST_LINE and _RULE.fullmatch(line) is not None


def _cells(line: str) -> list[str]:
    inner = line.strip()
    inner = inner[1:] if inner.startswith("|") else inner
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip() for cell in inner.replace("\\|", "\0").split("|")]


def _separated(text: str) -> Grid | None:
    """CSV or TSV: the same number of fields in every record."""
    delimiter = _delimiter(text)
    if not delimiter:
        return None
    if _is_plain(text):
        lines = text.removesuffix("\n").split("\n")
        rows = [line.split(delimiter) for line in lines]
        same = len(set(map(len, rows))) == 1
        if not same or len(rows) <= _FEWEST_ROWS or not 2 <= len(rows[0]) <= _MOST_COLUMNS:
            return None
        return Grid([], lines[0], rows[0], rows[1:], lines[1:], [])
    records: list[list[str]] = []
    ends = [0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for record in reader:
            if record and len(record) != len(records[0] if records else record):
                return None
            if record:
                records.append(record)
                ends.append(reader.line_num)
    except csv.Error:
        return None
    if len(records) <= _FEWEST_ROWS or not 2 <= len(records[0]) <= _MOST_COLUMNS:
        return None
    lines = text.split("\n")
    shown = ["\n".join(lines[a:b]).rstrip("\r") for a, b in pairwise(ends)]
    return Grid([], shown[0], records[0], records[1:], shown[1:], [])


def _is_plain(text: str) -> bool:
    """Whether each line is one record, and each field stands there as it is."""
    return not ('"' in text or "\r" in text or "\n\n" in text or text[:1] == "\n")


def _delimiter(text: str) -> str:
    """The separator that the first lines hold equally often."""
    first = [line for line in text[:20_000].split("\n")[:5] if line.strip()]
    if len(first) <= _FEWEST_ROWS:
        return ""
    for delimiter in ("\t", ",", ";", "|"):
        amounts = [line.count(delimiter) for line in first]
        if min(amounts) and (min(amounts) == max(amounts) or '"' in text[:20_000]):
            return delimiter
    return ""


def _condensed_csv(text: str) -> str | None:
    """The records as a JSON table from which the text can be rebuilt."""
    shown, canonical = _tabled(text)
    # Only now that the cells are let go, since both together are most of the memory.
    return _CSV_INTRO + shown if shown and rebuilds(shown, canonical) else None


def _tabled(text: str) -> tuple[str, str]:
    """(the records as a JSON table, the JSON that it must decode to), both empty where the text
    is no CSV, or not written as this program would."""
    grid = _separated(text)
    if grid is None or len(set(grid.names)) < len(grid.names) or RAW in text:
        return "", ""
    records = [grid.names, *grid.rows]
    if not (_is_plain(text) or _written(records, _delimiter(text)) == _bare(text)):
        return "", ""
    names, columns = grid.names, [_cells_of(column) for column in zip(*grid.rows, strict=True)]
    del grid, records
    return tabled_columns(names, columns)


def rebuilt(shown: str, delimiter: str) -> str:
    """The CSV of a condensed one, with plain newlines and quotes only where they are needed."""
    rows = json.loads(decode(shown.removeprefix(_CSV_INTRO)))
    return _written([rows[0].keys(), *(row.values() for row in rows)], delimiter)


def _written(records: Iterable[Iterable[object]], delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(records)
    return out.getvalue().rstrip("\n")


def _bare(text: str) -> str:
    return text.replace("\r\n", "\n").rstrip("\n")


def _cells_of(column: Sequence[str]) -> list[str]:
    """Fields as cells: whole numbers as numbers."""
    joined = "\n".join(column)
    if not _ends_in_digit(joined):
        return list(column)
    if joined.count("\n") < len(column) and _INTEGERS.fullmatch(joined):
        return [RAW + field for field in column]
    return [RAW + field if _INTEGER.fullmatch(field) else field for field in column]


def _aligned(text: str) -> Grid | None:
    """Columns that stand under a header, with blanks between: `ps`, `docker ps`, `pip list`."""
    lines = text.split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    body = [line for line in lines[1:] if not _is_rule(line)]
    if "\t" in text or len(body) < _FEWEST_ROWS or not all(map(str.strip, body)):
        return None
    bounds = columns(lines[0], body)
    if len(bounds) < 2:
        return None
    rows = [[line[a:b].strip() for a, b in bounds] for line in body]
    names = [lines[0][a:b].strip() for a, b in bounds]
    if any(sum(map(bool, row)) * 2 < len(row) for row in rows):
        return None
    return Grid([], lines[0], names, rows, body, [])


def _narrowed(grid: Grid) -> str:
    """The cells with single blanks, where no cell holds one, else bars; constant columns once."""
    columns = list(zip(*grid.rows, strict=True))
    constant = [len(set(column)) == 1 for column in columns]
    if all(constant):
        constant[0] = False
    told = [f"{n}={c[0]}" for n, c, same in zip(grid.names, columns, constant, strict=True) if same]
    kept = [i for i, same in enumerate(constant) if not same]
    plain = [all(cell and " " not in cell for cell in (grid.names[i], *columns[i])) for i in kept]
    lines = [_joined([row[i] for i in kept], plain) for row in (grid.names, *grid.rows)]
    note = [f"every row also has {', '.join(told)}"] if told else []
    return "\n".join([*grid.head, *note, *lines, *grid.tail])


def _joined(cells: list[str], plain: list[bool]) -> str:
    text = ""
    for index, cell in enumerate(cells):
        last = index == len(cells) - 1
        between = " " if index and all(plain[:index]) and (plain[index] or last) else " | "
        text += (between if index else "") + cell.replace("\0", "\\|")
    return text


def _excerpt(grid: Grid, query: str, marks: Marks, budget: int, count: Count) -> str:
    lines = [*grid.head, grid.title, *grid.lines, *grid.tail]
    title = len(grid.head)
    rows = range(title + 1, title + 1 + len(grid.lines))
    worth = _worth(grid, query, lines)
    order = sorted((i for i, line in enumerate(lines) if line.strip()), key=lambda i: -worth[i])

    def cost(index: int, taken: Container[int]) -> int:
        return count(lines[index]) + 1 + (0 if index - 1 in taken else _GAP_COST)

    def render(taken: Sequence[int]) -> str:
        shown, last = list[str](), -1
        for index in [*sorted({*taken, title}), len(lines)]:
            left = range(last + 1, index)
            if any(lines[at].strip() for at in left):
                noun = "rows" if all(at in rows for at in left) else "lines"
                shown.append(marks.gap(len(left), noun))
            shown += lines[index : index + 1]
            last = index
        return "\n".join(shown)

    return fill(order, cost, render, budget, count)


def _worth(grid: Grid, query: str, lines: list[str]) -> list[float]:
    """The title above all; then what is asked for, what stands out, both ends, what is around."""
    found = scores(query, lines) if query.strip() else [0.0] * len(lines)
    best = max(found, default=0.0) or 1.0
    first = len(grid.head) + 1
    worth = [_FOUND * score / best + _AROUND for score in found]
    for index in range(first, first + len(grid.lines)):
        worth[index] -= _AROUND
    for row in error_rows(grid.lines):
        worth[first + row] += ERROR / 2
    for column in zip(*grid.rows, strict=True):
        for index, gain in odd_cells(column):
            worth[first + index] += gain
    worth[first] += _EDGE
    worth[first + len(grid.lines) - 1] += _EDGE
    worth[first - 1] = 2 * _FOUND + len(lines)
    return worth
