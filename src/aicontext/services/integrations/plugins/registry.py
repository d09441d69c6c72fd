"""The tools that were added, each loaded when it is first asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import cast

from aicontext.domain.errors import InvalidInput, NotFound
from aicontext.domain.extension.plugins import Plugin
from aicontext.ports.integrations import OPTIONAL, REQUIRED, ToolIntegration
from aicontext.ports.plugins import Found, Plugins
from aicontext.services.integrations.plugins.guard import Guard, Result

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Registry:
    """By name. Where two distributions add the same name, the first one by its own name has it.

    patience: seconds that a call of a tool's code may take.
    """

    def __init__(self, plugins: Plugins, patience: float) -> None:
        self._patience = patience
        self._tools: dict[str, Added] = {}
        for one in sorted(plugins.all(), key=lambda one: (one.name, one.origin)):
            if _NAME.fullmatch(one.name):
                self._tools.setdefault(one.name, Added(one, patience))

    def register(self, tool: ToolIntegration) -> None:
        """Raises InvalidInput where it lacks a method, or its name is none or taken."""
        name = getattr(tool, "name", None)
        if not (isinstance(name, str) and _NAME.fullmatch(name)):
            raise InvalidInput(
                f"{str(name)[:60]!r} is no name of a tool.",
                hint="Take small letters, digits and hyphens.",
            )
        if missing := _missing(tool):
            raise InvalidInput(f"The tool {name!r} lacks {', '.join(missing)}.")
        if name in self._tools:
            raise InvalidInput(f"There is a tool {name!r} already.", hint="Take another name.")
        self._tools[name] = Added(Found(name, "", lambda: tool), self._patience)

    def find(self, name: str) -> Added:
        if name not in self._tools:
            known = ", ".join(sorted(self._tools)) or "none"
            raise NotFound(
                f"No plugin adds a tool {name[:60]!r}.", hint=f"Those there are: {known}."
            )
        return self._tools[name]

    def all(self) -> Iterator[Plugin]:
        for name in sorted(self._tools):
            yield self._tools[name].described()


class Added:
    """One tool, whose code is run under guard."""

    def __init__(self, found: Found, patience: float) -> None:
        self._found = found
        self._guard = Guard(found.name, patience)
        self._tool: ToolIntegration | None = None

    def call(self, work: Callable[[ToolIntegration], Result]) -> Result:
        """Raises Unavailable as Guard does, and what the tool raises on purpose."""
        return self._guard.run(lambda: work(self._loaded()))

    def offers(self, verb: str) -> bool:
        """Of one that was called before."""
        return callable(getattr(self._tool, verb, None))

    def described(self) -> Plugin:
        verbs = tuple(verb for verb in (*REQUIRED, *OPTIONAL) if self.offers(verb))
        return Plugin(self._found.name, self._found.origin, verbs, self._guard.why)

    def _loaded(self) -> ToolIntegration:
        if self._tool is None:
            loaded = self._found.load()
            made = loaded() if callable(loaded) else loaded
            if missing := _missing(made):
                raise TypeError(f"it lacks {', '.join(missing)}")
            self._tool = cast(ToolIntegration, made)
        return self._tool


def _missing(tool: object) -> list[str]:
    return [verb for verb in REQUIRED if not callable(getattr(tool, verb, None))]
