"""Vectors of tenants: what is kept with each, and how they are asked for."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from aicontext.domain.errors import InputTooLarge, InvalidInput

Metadata = Mapping[str, str | int | float]

NAME_LENGTH = 200
"""Characters of an id or a name at most."""

METADATA_BYTES = 2048
"""Bytes of one vector's metadata at most, as JSON."""

_ROUNDING = 2.0**-22
"""How far from 1 numbers of 24 bits leave the length of a vector that was made so long, at most."""

MATCHES = 1000
"""What one search gives at most."""


@dataclass(frozen=True, slots=True)
class Space:
    """What vectors must have in common to be compared. model: the embedding model's name."""

    model: str
    dimension: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A vector, and whose it is. id: unique in its organisation. Only its direction counts.

    project, kind: empty where there is none.
    """

    id: str
    organisation: str
    user: str
    vector: Sequence[float]
    project: str = ""
    kind: str = ""
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Vectors of one organisation; of all its users, projects and kinds where those are empty."""

    organisation: str
    user: str = ""
    project: str = ""
    kind: str = ""

    def __post_init__(self) -> None:
        for each in fields(self):
            check_name(each.name, getattr(self, each.name), empty=each.name != "organisation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """score: the cosine of the angle between its vector and the one that was asked with."""

    id: str
    score: float
    user: str
    project: str
    kind: str
    metadata: Metadata


def unit(vector: Sequence[float], space: Space) -> array[float]:
    """The vector in float32 with length 1; one that has it stays as it is, so that what one store
    kept is the same in another. Raises InvalidInput where it has no direction, or is of another
    dimension."""
    if len(vector) != space.dimension:
        raise InvalidInput(
            f"The vector has {len(vector)} dimensions, not {space.dimension}.",
            hint=f"Embed it with {space.model}.",
        )
    try:
        length = math.hypot(*vector)
    except (OverflowError, TypeError):
        length = math.nan
    if not 0 < length < math.inf:
        raise InvalidInput("The vector has no direction: it is zero, or not of finite numbers.")
    if abs(length - 1) < _ROUNDING:
        return array("f", vector)
    return array("f", (value / length for value in vector))


def written(item: Item) -> str:
    """The item's metadata as JSON, once all of the item but its vector is found sound.

    Raises InvalidInput, InputTooLarge.
    """
    for name in ("id", "organisation", "user", "project", "kind"):
        check_name(name, getattr(item, name), empty=name in ("project", "kind"))
    if not all(map(_plain, item.metadata, item.metadata.values())):
        raise InvalidInput("Metadata holds names with texts and finite numbers only.")
    text = json.dumps(dict(item.metadata), sort_keys=True, separators=(",", ":"))
    if len(text) > METADATA_BYTES:
        raise InputTooLarge(f"The metadata is larger than {METADATA_BYTES} bytes.")
    return text


def check_name(what: str, value: str, *, empty: bool = False) -> None:
    """Raises InvalidInput where a store could not keep the name as it is."""
    if not value and not empty:
        raise InvalidInput(f"There is no {what}.")
    if len(value) > NAME_LENGTH:
        raise InputTooLarge(f"The {what} is longer than {NAME_LENGTH} characters.")
    if not _keepable(value):
        raise InvalidInput(f"The {what} holds a NUL or half a surrogate pair.")


def check_limit(limit: int) -> None:
    """Raises InvalidInput."""
    if not 0 < limit <= MATCHES:
        raise InvalidInput(f"{limit} matches were asked for.", hint=f"Ask for 1 to {MATCHES}.")


def _plain(name: object, value: Any) -> bool:
    if isinstance(value, str):
        sound = _keepable(value)
    elif isinstance(value, float):
        sound = math.isfinite(value)
    else:
        sound = isinstance(value, int) and -(2**63) <= value < 2**63
    return sound and isinstance(name, str) and _keepable(name)


def _keepable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
