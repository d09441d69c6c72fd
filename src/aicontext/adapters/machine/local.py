"""This machine, looked at when asked; each list of names is read once."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from aicontext.domain.tools import System, placed

_EDITORS = (
    *(".vscode", ".vscode-insiders", ".vscode-server", ".vscode-oss"),
    *(".cursor", ".windsurf", ".antigravity"),
)
_VERSION = re.compile(r"-\d[\w.+-]*$")
_STARTED = re.compile(r"\.(?:exe|cmd|bat|ps1)$", re.IGNORECASE)
_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")


class LocalMachine:
    """environment: this process's. home: the user's folder. folder: of the project."""

    def __init__(
        self,
        environment: Mapping[str, str],
        home: Path,
        folder: Path,
        platform: str = sys.platform,
    ) -> None:
        self.system = System.of(platform)
        self._environment = environment
        self._home = home
        self._folder = folder

    def has_command(self, name: str) -> bool:
        return any(os.access(path, os.X_OK) for path in self._programs.get(name, ()))

    def has_path(self, path: str) -> bool:
        return (self._folder / placed(path, str(self._home), self._environment)).exists()

    def has_extension(self, name: str) -> bool:
        return name.lower() in self._extensions

    def has_package(self, name: str) -> bool:
        return name in self._packages

    @cached_property
    def _programs(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for folder in dict.fromkeys(self._environment.get("PATH", "").split(os.pathsep)):
            for entry in _entries(folder) if folder else ():
                found.setdefault(_STARTED.sub("", entry.name), []).append(entry.path)
        return found

    @cached_property
    def _extensions(self) -> set[str]:
        return {
            _VERSION.sub("", entry.name).lower()
            for editor in _EDITORS
            for entry in _entries(str(self._home / editor / "extensions"))
        }

    @cached_property
    def _packages(self) -> set[str]:
        asked = {f"npm:{name}" for name in _of_npm(self._folder / "package.json")}
        for line in _of_python(self._folder):
            if match := _NAME.match(line):
                asked.add("pypi:" + re.sub(r"[-_.]+", "-", match[1]).lower())
        return asked


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return


def _of_npm(path: Path) -> Iterator[str]:
    try:
        asked = json.loads(_text(path))
    except ValueError:
        return
    for kind in ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies"):
        yield from _table(asked, kind)


def _of_python(folder: Path) -> Iterator[str]:
    """Requirements as they are written, a line each."""
    for path in sorted(folder.glob("requirements*.txt")):
        yield from _text(path).splitlines()
    try:
        project = tomllib.loads(_text(folder / "pyproject.toml"))
    except tomllib.TOMLDecodeError:
        return
    told = _table(project, "project")
    groups = [told.get("dependencies"), *_table(told, "optional-dependencies").values()]
    for group in (*groups, *_table(project, "dependency-groups").values()):
        yield from _texts(group)
    yield from _table(_table(_table(project, "tool"), "poetry"), "dependencies")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _table(held: Any, key: str) -> dict[str, Any]:
    found = held.get(key) if isinstance(held, dict) else None
    return found if isinstance(found, dict) else {}


def _texts(held: Any) -> Iterable[str]:
    return [one for one in held if isinstance(one, str)] if isinstance(held, list) else []
