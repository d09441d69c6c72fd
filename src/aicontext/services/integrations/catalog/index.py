"""The catalogue as it is read at run time: one file, written by tools/build_tools.py."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property
from importlib.resources import files
from typing import Any

from aicontext.domain.errors import NotFound
from aicontext.domain.tools import Tool
from aicontext.services.integrations.catalog import expand


class Catalogue:
    """Tools by id. raw: {"shapes": ..., "tools": {id: manifest}}."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.shapes: Mapping[str, Any] = raw["shapes"]
        self._raw: Mapping[str, Mapping[str, Any]] = raw["tools"]

    def __iter__(self) -> Iterator[Tool]:
        """All tools, by id."""
        return (expand.tool(one, self.shapes) for one in self._raw.values())

    def __len__(self) -> int:
        return len(self._raw)

    def tool(self, name: str) -> Tool:
        """The one with that id. Raises NotFound, with the one whose program is called so, else the
        nearest ids."""
        if name in self._raw:
            return expand.tool(self._raw[name], self.shapes)
        near = get_close_matches(name, self._raw, 3)
        if started := self._commands.get(name):
            near = [started]
        raise NotFound(
            f"No tool is called {name[:60]!r}.",
            hint=f"Perhaps {' or '.join(near)}." if near else "See: aicontext tools --all.",
        )

    def started_by(self, command: str) -> Tool | None:
        """The tool whose program is called so, without folder or ending."""
        return (
            expand.tool(self._raw[found], self.shapes)
            if (found := self._commands.get(command))
            else None
        )

    @cached_property
    def _commands(self) -> dict[str, str]:
        return {
            command: name
            for name, one in self._raw.items()
            for command in one.get("detect", {}).get("commands", ())
        }


def load() -> Catalogue:
    """The catalogue that came with the program."""
    text = files(__package__).joinpath("index.json").read_text(encoding="utf-8")
    return Catalogue(json.loads(text))
