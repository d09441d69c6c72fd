"""Records to rows and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, get_type_hints

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Table

from aicontext.adapters.records.columns import Values, Words
from aicontext.adapters.records.tables import TABLES
from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.domain.storage.records import Record

Kind = TypeVar("Kind", bound=Record)

_CHOICES: Mapping[type[Record], Mapping[str, type[StrEnum]]] = {
    kind: {
        name: hint
        for name, hint in get_type_hints(kind).items()
        if isinstance(hint, type) and issubclass(hint, StrEnum)
    }
    for kind in TABLES
}
"""The fields of each kind that hold one of a few words."""

_LARGEST = 2**20
"""Bytes of one value."""


def row(record: Record) -> dict[str, Any]:
    """The record's columns. Raises InvalidInput for what not every database can hold, and
    InputTooLarge."""
    table = TABLES[type(record)]
    return {
        one.name: _checked(table, one.name, getattr(record, one.name)) for one in fields(record)
    }


def record(kind: type[Kind], found: Mapping[str, Any]) -> Kind:
    """The record in a row."""
    values = dict(found)
    for name, choice in _CHOICES[kind].items():
        values[name] = choice(values[name])
    return kind(**values)


def _checked(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type
    if isinstance(value, datetime):
        try:
            value.astimezone(UTC)
        except OverflowError:
            raise InvalidInput(f"{table.name}.{name} lies beyond the calendar.") from None
    if isinstance(value, int) and isinstance(kind, Integer):
        bits = 63 if isinstance(kind, BigInteger) else 31
        if not -(2**bits) <= value < 2**bits:
            raise InputTooLarge(f"{table.name}.{name} is a number that is too large.")
    size = _size(table, name, value)
    most = kind.length if isinstance(kind, String) and kind.length else _LARGEST
    if size > most:
        raise InputTooLarge(
            f"{table.name}.{name} is too long ({size:,}).", hint=f"At most {most:,} are kept."
        )
    return value


def _size(table: Table, name: str, value: Any) -> int:
    """Characters of a text; bytes of anything else that has a size."""
    kind = table.c[name].type
    try:
        if isinstance(value, str):
            _plain(value)
            return len(value)
        if isinstance(kind, LargeBinary):
            return len(value)
        if isinstance(kind, (Words, Values)):
            text = json.dumps(value, allow_nan=False, ensure_ascii=False)
            _plain(text)
            return len(text)
    except (TypeError, ValueError, RecursionError):
        raise InvalidInput(
            f"{table.name}.{name} holds what cannot be kept.",
            hint="Leave out NUL characters, halves of surrogate pairs and numbers that are none.",
        ) from None
    return 0


def _plain(text: str) -> None:
    """Raises ValueError for characters that no SQL text can hold."""
    text.encode("utf-8")
    if "\0" in text or "\\u0000" in text:
        raise ValueError("NUL")
