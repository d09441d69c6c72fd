"""Events of calls and hooks as bytes that other releases read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache, lru_cache
from math import isfinite
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from aicontext.domain.errors import InvalidInput
from aicontext.domain.events import Correction, HookEvent, UsageEvent
from aicontext.domain.requests import Caller, Rewriting
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Quote

VERSION = 1
"""Counted up when a reader of the version before would read something wrong. New fields that have a
default need no new version: who does not know them leaves them out."""

LONGEST_TEXT = 4000
"""Characters."""

MOST = 1000
"""Of what there are several."""

LARGEST = 2.0**53
"""Of numbers; larger ones are not exact everywhere."""

_SIGNED = (Correction, Rewriting)
"""Whose numbers may be below zero."""

_SHARED = (Caller, Owner, Quote)
"""What many events have the same of."""

_NAMES: Mapping[type[UsageEvent | HookEvent], str] = {UsageEvent: "usage", HookEvent: "hook"}

_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False)

Write = Callable[[Any], Any]
"""The value as JSON knows it; what has its default is left out."""

Read = Callable[[Any], Any]
"""The value, or _Wrong."""


class _Wrong(Exception):
    """place: within what is being read."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.place = ""


def encoded(event: UsageEvent | HookEvent) -> bytes:
    """Raises InvalidInput where a number of it is none."""
    kind: Any = type(event)
    try:
        text = _JSON.encode({"version": VERSION, _NAMES[kind]: _writer(kind)(event)})
    except ValueError as error:
        raise InvalidInput(f"The event cannot be written: {error}.") from None
    return text.encode()


def decoded(payload: bytes, latest: float) -> UsageEvent | HookEvent:
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
    kind = HookEvent if _NAMES[HookEvent] in found else UsageEvent
    name = _NAMES[kind]
    try:
        event: UsageEvent | HookEvent = _reader(kind)(found.get(name))
    except _Wrong as wrong:
        raise InvalidInput(f"{name}{wrong.place} {wrong}") from None
    if not event.id:
        raise InvalidInput(f"{name}.id is empty.")
    if event.at > latest:
        raise InvalidInput(f"{name}.at is {event.at:.0f}, which is in the future.")
    return event


@cache
def _writer(kind: Any) -> Write:
    """What writes a value of the type."""
    if is_dataclass(kind):
        written = _of_fields(kind)
        return lru_cache(1024)(written) if kind in _SHARED else written
    if get_origin(kind) is tuple:
        one = _writer(get_args(kind)[0])
        return lambda value: list(map(one, value))
    if (own := _optional(kind)) is not None:
        write = _writer(own)
        return lambda value: None if value is None else write(value)
    return lambda value: value


def _of_fields(kind: Any) -> Write:
    hints, known = get_type_hints(kind), fields(kind)
    values = attrgetter(*(one.name for one in known))
    deep = {one.name: _writer(hints[one.name]) for one in known if _is_deep(hints[one.name])}
    named = [(one.name, one.default, deep.get(one.name)) for one in known]

    def write(value: Any) -> dict[str, Any]:
        return {
            name: own if into is None else into(own)
            for (name, default, into), own in zip(named, values(value), strict=True)
            if own != default
        }

    return write


def _is_deep(kind: Any) -> bool:
    kind = _optional(kind) or kind
    return is_dataclass(kind) or get_origin(kind) is tuple


def _optional(kind: Any) -> Any:
    """What it is where it is not None; None where it is not one that may be."""
    if get_origin(kind) not in (Union, UnionType):
        return None
    (own,) = (one for one in get_args(kind) if one is not NoneType)
    return own


@cache
def _reader(kind: Any, *, signed: bool = False) -> Read:
    """What reads a value of the type."""
    if is_dataclass(kind):
        return _record(kind)
    if get_origin(kind) is tuple:
        return _several(_reader(get_args(kind)[0]))
    if (own := _optional(kind)) is not None:
        read = _reader(own, signed=signed)
        return lambda value: None if value is None else read(value)
    if issubclass(kind, StrEnum):
        return _one_of(kind)
    if kind in (int, float):
        read = _whole if kind is int else _number
        return read if signed else _positive(read)
    return {str: _text, bool: _truth}[kind]


def _record(kind: Any) -> Read:
    hints, signed = get_type_hints(kind), kind in _SIGNED
    known = [
        (one.name, _reader(hints[one.name], signed=signed), one.default is MISSING)
        for one in fields(kind)
    ]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _Wrong("is no object.")
        given: dict[str, Any] = {}
        name = ""
        try:
            for name, own, needed in known:
                if name in value:
                    given[name] = own(value[name])
                elif needed:
                    raise _Wrong("is missing.")
        except _Wrong as wrong:
            wrong.place = f".{name}{wrong.place}"
            raise
        return kind(**given)

    return read


def _several(one: Read) -> Read:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise _Wrong("is no list.")
        if len(value) > MOST:
            raise _Wrong(f"has {len(value):,} parts; {MOST:,} are the most.")
        parts: list[Any] = []
        try:
            for part in value:
                parts.append(one(part))  # noqa: PERF401 - it says how far it came
        except _Wrong as wrong:
            wrong.place = f"[{len(parts)}]{wrong.place}"
            raise
        return tuple(parts)

    return read


def _one_of(kind: type[StrEnum]) -> Read:
    def read(value: Any) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise _Wrong(f"is {str(value)[:40]!r}, which is not known.") from None

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong("is no text.")
    if len(value) > LONGEST_TEXT:
        raise _Wrong(f"has {len(value):,} characters; {LONGEST_TEXT:,} are the most.")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("is neither true nor false.")
    return value


def _positive(number: Read) -> Read:
    def read(value: Any) -> Any:
        if (found := number(value)) < 0:
            raise _Wrong(f"is {found}, below zero.")
        return found

    return read


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Wrong("is no whole number.")
    if abs(value) > LARGEST:
        raise _Wrong("is too large a number.")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Wrong("is no number.")
    if not -LARGEST <= value <= LARGEST or not isfinite(value):
        raise _Wrong("is too large a number.")
    return float(value)
