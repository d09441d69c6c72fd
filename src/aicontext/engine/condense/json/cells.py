"""Cells: JSON values as strings that compare exactly.

A cell is a string value itself, or RAW and the JSON text of any other value, so that 1, 1.0,
"1" and true are four different cells. RAW alone is an absent key.
"""

from __future__ import annotations

from json.encoder import encode_basestring

from aicontext.engine.condense.json.source import SPELLED, Value, dumps

RAW = SPELLED
ABSENT = RAW
HIDDEN = RAW + "…"
"""A cell whose row is given elsewhere: matches whatever a rule predicts."""

_WORDS = {None: RAW + "null", True: RAW + "true", False: RAW + "false"}


def cell(value: Value) -> str:
    """The cell of a JSON value."""
    if type(value) is str:
        return value if value[:1] != RAW else value[:-1]
    if value is None or value is True or value is False:
        return _WORDS[value]
    if type(value) is int:
        return RAW + int.__repr__(value)
    return RAW + dumps(value)


def literals(cells: list[str]) -> list[str]:
    """The JSON text of each cell; none is absent."""
    joined = "".join(cells)
    if RAW not in joined and joined.isascii():
        return list(map(encode_basestring, cells))
    return list(map(literal, cells))


def is_text(cell: str) -> bool:
    """Whether the cell is a string value."""
    return cell[:1] != RAW


def literal(cell: str) -> str:
    """The JSON text of a cell that is not absent."""
    if cell[:1] == RAW:
        return cell[1:]
    text = encode_basestring(cell)
    return text if text.isascii() else dumps(cell)
