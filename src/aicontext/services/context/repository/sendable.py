"""Results as they leave: every path in characters that any program can take."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from aicontext.domain.repository.names import sendable
from aicontext.domain.repository.results import (
    Found,
    Pack,
    Place,
    RankedDefinition,
    RankedFile,
    Ranking,
    Slice,
)

_Placed = TypeVar("_Placed", RankedDefinition, Slice)


def ranking(found: Ranking) -> Ranking:
    return Ranking(tuple(map(_file, found.files)), tuple(map(_at, found.definitions)))


def pack(found: Pack) -> Pack:
    slices, left_out = tuple(map(_at, found.slices)), tuple(map(_at, found.left_out))
    return replace(found, slices=slices, left_out=left_out)


def definition(found: Found) -> Found:
    places, shown = tuple(map(_place, found.places)), tuple(map(_at, found.shown))
    return replace(found, places=places, shown=shown)


def _file(one: RankedFile) -> RankedFile:
    path = sendable(one.path)
    return one if path == one.path else replace(one, path=path)


def _place(one: Place) -> Place:
    path = sendable(one.path)
    return one if path == one.path else replace(one, path=path)


def _at(one: _Placed) -> _Placed:
    place = _place(one.place)
    return one if place is one.place else replace(one, place=place)
