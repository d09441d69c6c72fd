"""A fragment of settings merged into a document, and taken out again, whatever others changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aicontext.domain.errors import InvalidInput
from aicontext.domain.tools import Format, Value
from aicontext.services.integrations.editing import documents
from aicontext.services.integrations.editing.plain import ABSENT, look, same, with_value
from aicontext.services.integrations.editing.tree import Entry, Path, spelled

OURS = "aicontext"
"""The key or name under which a table is ours as a whole."""


def nothing(_: object) -> bool:
    return False


def anything(_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of ours. before: what stood there; ABSENT for nothing. depth: how many steps of
    the path existed before."""

    path: Path
    value: object
    before: object = ABSENT
    depth: int = 0


def settings(fragment: Value, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """(path, value) of each setting in the fragment: values that are no tables, elements of lists,
    and whole tables of our name."""
    if isinstance(fragment, Mapping) and (fragment or not path) and not _named(path):
        for key, value in fragment.items():
            yield from settings(value, (*path, key))
    elif isinstance(fragment, Sequence) and not isinstance(fragment, str) and not _named(path):
        for element in fragment:
            yield (*path, _entry(element)), plain(element)
    else:
        yield path, plain(fragment)


def merged(
    kind: Format, text: str, fragment: Value, may_replace: Callable[[object], bool] = nothing
) -> tuple[str, tuple[Setting, ...]]:
    """(the text with the fragment in it, what was set). may_replace: of a value that others
    have set, whether ours may stand in its place.

    Raises Malformed, and InvalidInput where something else is set already, is in the way, or cannot
    be edited.
    """
    data = documents.parse(kind, text)
    made = []
    for path, given in settings(fragment):
        value, before = documents.read(kind, given), look(data, path)
        if (
            before is not ABSENT
            and not same(before, value)
            and not (_named(path) or may_replace(before))
        ):
            raise InvalidInput(
                f"{spelled(path)} is set already, to {str(before)[:120]!r}.",
                hint="Take it out first.",
            )
        with_value(data, path, value)
        made.append(Setting(path, value, before, _depth(data, path)))
    return _put(kind, text, data, fragment, ()), tuple(made)


def _put(kind: Format, text: str, data: object, fragment: Value, path: Path) -> str:
    """data: of the whole document as it was. A table that is missing is put as a whole, so that it
    stands together."""
    present = look(data, path)
    if isinstance(fragment, Mapping) and (isinstance(present, dict) or not path):
        if not _named(path):
            for key, value in fragment.items():
                text = _put(kind, text, data, value, (*path, key))
            return text
    elif isinstance(fragment, Sequence) and isinstance(present, list):
        for element in fragment:
            text = documents.put(kind, text, (*path, _entry(element)), plain(element))
        return text
    return documents.put(kind, text, path, plain(fragment))


def taken(kind: Format, text: str, made: Sequence[Setting]) -> tuple[str, tuple[Path, ...]]:
    """(the text with what stood there before the settings, paths that others changed since and
    that were left to them). Tables that were made for the settings go when nothing is left in them.

    Raises Malformed, and InvalidInput where it cannot be edited.
    """
    left = []
    for one in reversed(made):
        now = documents.look(kind, text, one.path)
        if now is ABSENT:
            continue
        if not same(now, one.value) and not _named(one.path):
            left.append(one.path)
        elif one.before is ABSENT or (_named(one.path) and same(one.before, one.value)):
            text = _without(kind, text, one)
        else:
            text = documents.put(kind, text, one.path, one.before)
    return text, tuple(left)


def _without(kind: Format, text: str, one: Setting) -> str:
    text = documents.take(kind, text, one.path)
    for length in range(len(one.path) - 1, one.depth, -1):
        if documents.look(kind, text, one.path[:length]) not in ({}, [], None):
            break
        text = documents.take(kind, text, one.path[:length])
    return text


def _depth(data: object, path: Path) -> int:
    lengths = range(len(path), 0, -1)
    return next((n for n in lengths if look(data, path[:n]) is not ABSENT), 0)


def _named(path: Path) -> bool:
    return bool(path) and (
        path[-1] == OURS or (isinstance(path[-1], Entry) and path[-1].value == OURS)
    )


def _entry(element: Value) -> Entry:
    name = element.get("name") if isinstance(element, Mapping) else None
    return Entry("name", name) if name == OURS else Entry("", plain(element))


def plain(value: Value) -> object:
    """The value as plain dicts and lists."""
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value
