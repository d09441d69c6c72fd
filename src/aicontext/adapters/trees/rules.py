"""Rules about paths, as .gitignore and .gitattributes state them: the last that matches decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from aicontext.adapters.trees.globs import regex

_BOM = "\ufeff"
_ATTRIBUTES = r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s#"]\S*))\s+(.*)'
_SPECIAL = re.compile(r"[*?\[\\]")


class Rule(NamedTuple):
    """applies: what holds for the paths that match; False: what an earlier rule said does not.

    anchored: the pattern is of the path from the folder of the rules, otherwise of the last name.
    folders: it is for folders only.
    """

    pattern: str
    applies: bool = True
    anchored: bool = False
    folders: bool = False


def rule(pattern: str, *, applies: bool = True) -> Rule:
    folders = pattern.endswith("/")
    bare = pattern[:-1] if folders else pattern
    anchored = "/" in bare
    return Rule(bare[bare.startswith("/") :], applies, anchored, folders)


def ignoring(text: str) -> Iterator[Rule]:
    """The rules of a .gitignore."""
    for line in text.removeprefix(_BOM).split("\n"):
        pattern = _trimmed(line.removesuffix("\r"))
        if pattern and not pattern.startswith("#"):
            negated = pattern.startswith("!")
            yield rule(pattern[negated:], applies=not negated)


def marking(text: str, attribute: str) -> Iterator[Rule]:
    """The rules of a .gitattributes that set or unset an attribute."""
    for line in text.removeprefix(_BOM).split("\n"):
        match = re.match(_ATTRIBUTES, line)
        words = match[3].split() if match else ()
        for word in words:
            name, _, value = word.lstrip("-!").partition("=")
            if match and name == attribute:
                applies = word[0] not in "-!" and value.lower() != "false"
                yield rule(match[1] or match[2], applies=applies)


def _trimmed(line: str) -> str:
    """Without the blanks at its end, those after a backslash kept."""
    bare = line.rstrip(" ")
    slashes = len(bare) - len(bare.rstrip("\\"))
    return bare + " " if slashes % 2 and len(bare) < len(line) else bare


class Rules:
    """The rules of one file, which lies in `folder` (a path that ends in a slash, or empty).

    Rules of one sense that follow each other are one set, a literal rule a look-up in it.
    """

    def __init__(self, rules: Iterable[Rule], folder: str = "", *, caseless: bool = False) -> None:
        self._rules = [r._replace(pattern=_bytewise(r.pattern)) for r in rules if r.pattern]
        self._start = len(folder)
        self._caseless = caseless

    def __bool__(self) -> bool:
        return bool(self._rules)

    def says(self, path: str, name: str, *, folder: bool) -> bool | None:
        """What the rules say of a path below their folder; None: nothing. name: its last part."""
        path = path[self._start :]
        if not path.isascii():
            path, name = _bytewise(path), _bytewise(name)
        if self._caseless:
            path, name = path.lower(), name.lower()
        for one in self._of_folders if folder else self._of_files:
            if one.match(path, name):
                return one.applies
        return None

    @cached_property
    def _of_files(self) -> list[_Set]:
        return self._sets(one for one in self._rules if not one.folders)

    @cached_property
    def _of_folders(self) -> list[_Set]:
        return self._sets(self._rules)

    def _sets(self, rules: Iterable[Rule]) -> list[_Set]:
        """The sets that these rules make, the last first."""
        if self._caseless:
            rules = (one._replace(pattern=one.pattern.lower()) for one in rules)
        grouped = groupby(rules, key=lambda one: one.applies)
        return [_Set(applies, list(members)) for applies, members in grouped][::-1]


class _Set:
    """Rules of one sense."""

    def __init__(self, applies: bool, rules: list[Rule]) -> None:
        self.applies = applies
        plain = {one for one in rules if not _SPECIAL.search(one.pattern)}
        ends = {one for one in rules if not one.anchored and _ending(one.pattern)}
        self._names = frozenset(one.pattern for one in plain if not one.anchored)
        self._paths = frozenset(one.pattern for one in plain if one.anchored)
        self._ends = tuple(sorted(one.pattern[1:] for one in ends))
        self._globs = _compiled([one for one in rules if one not in plain and one not in ends])

    def match(self, path: str, name: str) -> bool:
        return (
            name in self._names
            or name.endswith(self._ends)
            or path in self._paths
            or (self._globs is not None and self._globs.fullmatch(path) is not None)
        )


def _bytewise(text: str) -> str:
    """A character for each byte: to git, `?` stands for one byte."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _ending(pattern: str) -> bool:
    return pattern.startswith("*") and not _SPECIAL.search(pattern, 1)


def _compiled(rules: list[Rule]) -> re.Pattern[str] | None:
    found = [(one.anchored, regex(one.pattern)) for one in rules]
    paths = [glob for anchored, glob in found if anchored and glob]
    names = [glob for anchored, glob in found if not anchored and glob]
    if names:
        paths.append(f"(?:[^/]*/)*+(?:{'|'.join(names)})")
    return re.compile("|".join(paths), re.DOTALL) if paths else None
