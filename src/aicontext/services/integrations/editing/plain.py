"""The same changes to plain data, against which an edited text is checked."""

from __future__ import annotations

from collections.abc import Mapping

from aicontext.domain.errors import InvalidInput
from aicontext.services.integrations.editing.tree import Entry, Path, spelled

ABSENT = object()
"""What stands where nothing does."""


def look(data: object, path: Path) -> object:
    """The value at the path; ABSENT where there is none."""
    for step in path:
        if isinstance(step, str):
            data = data.get(step, ABSENT) if isinstance(data, dict) else ABSENT
        else:
            elements = data if isinstance(data, list) else []
            data = next((one for one in elements if step.matches(one)), ABSENT)
    return data


def with_value(data: object, path: Path, value: object, at: Path = ()) -> object:
    """A copy with the value at the path. Raises InvalidInput where something else is in the way."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        if not isinstance(data, dict) and data is not None:
            raise _in_the_way(at, "group of settings")
        table = dict(data) if isinstance(data, dict) else {}
        table[step] = with_value(table.get(step), rest, value, (*at, step))
        return table
    if not isinstance(data, list) and data is not None:
        raise _in_the_way(at, "list")
    elements = list(data) if isinstance(data, list) else []
    place = next((i for i, one in enumerate(elements) if step.matches(one)), len(elements))
    before = elements[place] if place < len(elements) else None
    elements[place : place + 1] = [with_value(before, rest, value, (*at, step))]
    return elements


def _in_the_way(at: Path, wanted: str) -> InvalidInput:
    return InvalidInput(
        f"{spelled(at) or 'The document'} is no {wanted}.",
        hint="Mend it; until then it is left as it is.",
    )


def without(data: object, path: Path) -> object:
    """A copy without the value at the path, if there is one."""
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        if not isinstance(data, dict) or step not in data:
            return data
        if not rest:
            return {key: value for key, value in data.items() if key != step}
        return {**data, step: without(data[step], rest)}
    if not isinstance(data, list):
        return data
    return _without_element(data, step, rest)


def _without_element(elements: list[object], step: Entry, rest: Path) -> object:
    place = next((i for i, one in enumerate(elements) if step.matches(one)), None)
    if place is None:
        return elements
    kept = [without(elements[place], rest)] if rest else []
    return [*elements[:place], *kept, *elements[place + 1 :]]


def same(one: object, other: object) -> bool:
    """Whether two data are equal, kinds of numbers included. An empty table or list is like none
    at all, or like null: a block whose last line was taken is either, as its format has it."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = one.keys() | other.keys()
        return all(same(one.get(key, ABSENT), other.get(key, ABSENT)) for key in keys)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if _empty(one) or _empty(other):
        return all(_empty(side) or side is ABSENT or side is None for side in (one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))


def _empty(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_empty, value.values()))
    return isinstance(value, list) and not value
