"""Records as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins so is run by spreadsheets (OWASP: CSV Injection)."""


def write(records: Iterable[Mapping[str, object]], names: Sequence[str], out: TextIO) -> None:
    """The records below a line of their names; texts that could be formulas behind a quote."""
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in one.items()} for one in records)


def _cell(value: object) -> object:
    if isinstance(value, str) and value.lstrip(" ").startswith(_BEGINS):
        return f"'{value}"
    return value
