"""One value in a document of any format, put or taken, and proven to be all that changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.domain.tools import Format
from aicontext.services.integrations.editing import json, lines, markdown, toml, yaml
from aicontext.services.integrations.editing import plain as data
from aicontext.services.integrations.editing.tree import Path, spelled


class _Editor(Protocol):
    """What a format brings."""

    def parse(self, text: str, /) -> object: ...

    def put(self, text: str, path: Path, value: object, /) -> str: ...

    def take(self, text: str, path: Path, /) -> str: ...


_EDITORS: dict[Format, _Editor] = {
    Format.JSON: json,
    Format.JSONC: json,
    Format.TOML: toml,
    Format.YAML: yaml,
    Format.INI: lines.Ini(),
    Format.ENV: lines.Env(),
    Format.MARKDOWN: markdown,
}


def parse(kind: Format, text: str) -> object:
    """The document's data. Raises Malformed."""
    with _bounded():
        return _EDITORS[kind].parse(text)


def look(kind: Format, text: str, path: Path) -> object:
    """The value at the path; `plain.ABSENT` where there is none. Raises Malformed."""
    return data.look(parse(kind, text), path)


def read(kind: Format, value: object) -> object:
    """The value as it is read back from a document of that format."""
    if kind is Format.YAML:
        return yaml.plain(value)
    if kind in (Format.INI, Format.ENV):
        return lines.plain(value)
    return value.strip("\n") if kind is Format.MARKDOWN and isinstance(value, str) else value


def put(kind: Format, text: str, path: Path, value: object) -> str:
    """The text with the value at the path; nothing else is touched.

    Raises Malformed, and InvalidInput where that cannot be done safely.
    """
    before = parse(kind, text)
    wanted = read(kind, value)
    if data.same(data.look(before, path), wanted):
        return text
    expected = data.with_value(before, path, wanted)
    with _bounded():
        return _proven(kind, _EDITORS[kind].put(text, path, value), expected, path)


def take(kind: Format, text: str, path: Path) -> str:
    """The text without the value at the path, if there is one.

    Raises Malformed, and InvalidInput where that cannot be done safely.
    """
    before = parse(kind, text)
    if data.look(before, path) is data.ABSENT:
        return text
    with _bounded():
        return _proven(kind, _EDITORS[kind].take(text, path), data.without(before, path), path)


@contextmanager
def _bounded() -> Iterator[None]:
    try:
        yield
    except RecursionError:
        raise InputTooLarge("Its values stand too deep in each other.") from None


def _proven(kind: Format, text: str, expected: object, path: Path) -> str:
    try:
        sound = data.same(parse(kind, text), expected)
    except InvalidInput:
        sound = False
    if not sound:
        raise InvalidInput(
            f"{spelled(path)} stands in a way that cannot be edited without touching more.",
            hint="Edit it by hand.",
        )
    return text
