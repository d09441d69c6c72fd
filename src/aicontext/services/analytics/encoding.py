"""Usage events as bytes that other releases read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Rewriting

VERSION = 1
"""Counted up when a reader of the version before would read something wrong. New fields that have a
default need no new version: who does not know them leaves them out."""

LONGEST_TEXT = 4000
"""Characters."""

MOST = 1000
"""Of what there are several."""

LARGEST = 2.0**53
"""Of numbers; larger ones are not exact everywhere."""

_SIGNED = (Rewriting,)
"""Whose numbers may be below zero."""

Read = Callable[[Any, str], Any]
"""The value, or InvalidInput with the place."""


def encoded(event: UsageEvent) -> bytes:
    """Raises InvalidInput where a number of it is none."""
    try:
        text = json.dumps(
            {"version": VERSION, "usage": _plain(event)}, separators=(",", ":"), allow_nan=False
        )
    except ValueError as error:
        raise InvalidInput(f"The event cannot be written: {error}.") from None
    return text.encode()


def decoded(payload: bytes, latest: float) -> UsageEvent:
    """The event, without what this release does not know of.

    latest: seconds since the epoch after which nothing can have happened yet. Raises InvalidInput
    where it is none, with the reason.
    """
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        raise InvalidInput("It is not JSON.") from None
    if not isinstance(found, dict) or not isinstance(found.get("version"), int):
        raise InvalidInput("It is no message of ours: it has no version.")
    if found["version"] > VERSION:
        raise InvalidInput(
            f"It has version {found['version']}, of a newer release; this one reads {VERSION}.",
            hint="Update ai-context-platform, then replay it.",
        )
    event: UsageEvent = _reader(UsageEvent)(found.get("usage"), "usage")
    if not event.id:
        raise InvalidInput("usage.id is empty.")
    if event.at > latest:
        raise InvalidInput(f"usage.at is {event.at:.0f}, which is in the future.")
    return event


def _plain(value: Any) -> Any:
    """As JSON knows it; what has its default is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: _plain(own)
            for name, default in _defaults(type(value))
            if (own := getattr(value, name)) != default or default is MISSING
        }
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((one.name, one.default) for one in fields(kind))


@cache
def _reader(kind: Any) -> Read:
    """What reads a value of the type."""
    if is_dataclass(kind):
        return _record(kind)
    if get_origin(kind) is tuple:
        return _several(_reader(get_args(kind)[0]))
    if get_origin(kind) in (Union, UnionType):
        (own,) = (one for one in get_args(kind) if one is not NoneType)
        read = _reader(own)
        return lambda value, place: None if value is None else read(value, place)
    if issubclass(kind, StrEnum):
        return _one_of(kind)
    return {str: _text, bool: _truth, int: _whole, float: _number}[kind]


def _record(kind: Any) -> Read:
    hints = get_type_hints(kind)
    known = [(one.name, _reader(hints[one.name]), one.default is MISSING) for one in fields(kind)]
    signed = kind in _SIGNED

    def read(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise InvalidInput(f"{place} is no object.")
        given: dict[str, Any] = {}
        for name, own, needed in known:
            if name in value:
                given[name] = own(value[name], f"{place}.{name}")
            elif needed:
                raise InvalidInput(f"{place}.{name} is missing.")
        if not signed:
            _check_signs(given, place)
        return kind(**given)

    return read


def _check_signs(given: Mapping[str, Any], place: str) -> None:
    for name, value in given.items():
        if isinstance(value, (int, float)) and value < 0:
            raise InvalidInput(f"{place}.{name} is {value}, below zero.")


def _several(one: Read) -> Read:
    def read(value: Any, place: str) -> Any:
        if not isinstance(value, list):
            raise InvalidInput(f"{place} is no list.")
        if len(value) > MOST:
            raise InvalidInput(f"{place} has {len(value):,} parts; {MOST:,} are the most.")
        return tuple(one(part, f"{place}[{index}]") for index, part in enumerate(value))

    return read


def _one_of(kind: type[StrEnum]) -> Read:
    def read(value: Any, place: str) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise InvalidInput(f"{place} is {str(value)[:40]!r}, which is not known.") from None

    return read


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{place} is no text.")
    if len(value) > LONGEST_TEXT:
        raise InvalidInput(f"{place} has {len(value):,} characters; {LONGEST_TEXT:,} are the most.")
    return value


def _truth(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput(f"{place} is neither true nor false.")
    return value


def _whole(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"{place} is no whole number.")
    if abs(value) > LARGEST:
        raise InvalidInput(f"{place} is too large a number.")
    return value


def _number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidInput(f"{place} is no number.")
    if not -LARGEST <= value <= LARGEST or not isfinite(value):
        raise InvalidInput(f"{place} is too large a number.")
    return float(value)
