"""Rows that stand out among their like: rare values and keys, errors, extremes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from aicontext.engine.condense.json.cells import cell
from aicontext.engine.condense.json.source import Value
from aicontext.engine.prioritize.holding import holding

_ERRORS = (
    "error", "fatal", "fail", "exception", "critical", "panic", "denied", "refused", "timeout",
    "timed out", "violat", "warn", "invalid", "rejected", "crash", "unreachable", "unhealthy",
)  # fmt: skip
_RARE = 0.02
_FEW = 0.2
_MOST_KEYS = 200
_LEAST_NUMBERS = 5
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?%?", re.ASCII)
ERROR, RARE, EXTREME = 1.0, 0.8, 0.3


def error_like(text: str) -> bool:
    """Whether a text speaks of something gone wrong."""
    folded = text.lower()
    return any(map(folded.__contains__, _ERRORS))


def error_rows(texts: Sequence[str]) -> list[int]:
    """Indices of the texts that are `error_like`, found at once."""
    return holding(texts, _ERRORS, any_case=True)


def odd_cells(column: Sequence[str]) -> Iterator[tuple[int, float]]:
    """(row, gain) of the cells that stand out in a table's column: rare values, extremes."""
    counts, most = Counter(column), max(1, int(_RARE * len(column)))
    if len(counts) <= max(2, _FEW * len(column)):
        rare = {
            value: RARE + (ERROR if error_like(value) else 0)
            for value, times in counts.items()
            if times <= most
        }
        if rare:
            yield from ((row, rare[value]) for row, value in enumerate(column) if value in rare)
    numbers = {value: float(value.rstrip("%")) for value in counts if _NUMBER.fullmatch(value)}
    amount = sum(map(counts.__getitem__, numbers))
    if amount >= _LEAST_NUMBERS and amount * 2 >= len(column):
        for best in (min(numbers, key=numbers.__getitem__), max(numbers, key=numbers.__getitem__)):
            yield column.index(best), EXTREME


def outliers(rows: Sequence[Value]) -> dict[int, float]:
    """The worth of each row that stands out, by its index."""
    worth: dict[int, float] = defaultdict(float)
    columns: dict[str, list[tuple[int, Value]]] = defaultdict(list)
    for index, row in enumerate(rows):
        for key, value in _scalars(row):
            if key in columns or len(columns) < _MOST_KEYS:
                columns[key].append((index, value))
    for column in columns.values():
        for index, gain in _rare(column, len(rows)):
            worth[index] += gain
        for index in _extremes(column):
            worth[index] += EXTREME
    return worth


def _scalars(row: Value) -> Iterator[tuple[str, Value]]:
    """The scalars of a row and of the objects in it, by dotted key."""
    if isinstance(row, dict):
        for key, value in row.items():
            if isinstance(value, dict):
                yield key, None
                yield from ((f"{key}.{k}", v) for k, v in value.items() if not _boxed(v))
            elif not isinstance(value, list):
                yield key, value


def _boxed(value: Value) -> bool:
    return isinstance(value, dict | list)


def _rare(column: list[tuple[int, Value]], rows: int) -> Iterator[tuple[int, float]]:
    """Rows with a key that few have, or with a rare value of a key that takes few values."""
    most = max(1, int(_RARE * rows))
    if len(column) <= most:
        yield from ((index, RARE) for index, _ in column)
        return
    cells = [(index, cell(value)) for index, value in column]
    counts = Counter(text for _, text in cells)
    if len(counts) > max(2, _FEW * len(column)):
        return
    for index, text in cells:
        if counts[text] <= most:
            yield index, RARE + (ERROR if error_like(text) else 0)


def _extremes(column: list[tuple[int, Value]]) -> set[int]:
    """The rows of the least and the greatest number."""
    numbers = [(value, index) for index, value in column if type(value) in (int, float)]
    if len(numbers) < _LEAST_NUMBERS or len(numbers) * 2 < len(column):
        return set()
    return {min(numbers)[1], max(numbers)[1]}
