"""What a program is started with, so that its calls reach the proxy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from aicontext.domain.tools import Connection, Tool, Via
from aicontext.services.integrations.catalog.expand import filled
from aicontext.services.integrations.catalog.index import Catalogue
from aicontext.services.integrations.commands import named, place

_PROXY = "{proxy}"
_TOKEN = "{token}"
_ANY = ("cli", "framework", "sdk")
"""Kinds of tools that a program which we do not know may use, or start."""


class Launcher:
    """For one command; without one, for any.

    Every program gets the variables that many tools share, one in the catalogue those of its own,
    also behind a shell or another starter, and any other those of all libraries and commands.
    """

    def __init__(self, catalogue: Catalogue, command: Sequence[str] = ()) -> None:
        self._place = place(catalogue, command)
        self._named = [] if self._place else list(named(catalogue, command))
        tools = (one for one in catalogue if command and one.kind in _ANY)
        ways = list(_ways([self._place.tool] if self._place else tools))
        self._templates: dict[str, str] = dict(catalogue.shapes["environment"])
        for way in ways:
            self._templates |= way.variables
        self._where_set = {name for way in ways if way.where_set for name in way.variables}
        self._arguments = [word for way in ways for word in way.arguments]

    @property
    def addresses(self) -> tuple[str, ...]:
        """The variables that hold an address to call."""
        return tuple(name for name, text in self._templates.items() if text.startswith(_PROXY))

    def variables(
        self, address: str, *, project: str = "", token: str = "", elsewhere: Collection[str] = ()
    ) -> tuple[dict[str, str], dict[str, str]]:
        """(what must be set, what is set where the user has set nothing), for a proxy at `address`,
        such as http://127.0.0.1:8787.

        project: tags the calls. elsewhere: variables that meant an address of their own, which the
        proxy knows as the upstream of `upstream(variable)`.
        """
        origin = f"{address}/p/{quote(project, safe='')}" if project else address
        given = {"proxy": origin, "token": token}
        found = {
            name: filled(text, given)
            for name, text in self._templates.items()
            if (token or _TOKEN not in text) and name not in self._where_set
        }
        found |= {name: f"{origin}/to/{self.upstream(name)}" for name in elsewhere}
        must = {
            name: value
            for name, value in found.items()
            if name in self.addresses or _TOKEN in self._templates[name]
        }
        rest = {name: filled(found[name], must) for name in found.keys() - must.keys()}
        return must, rest

    @property
    def unreached(self) -> tuple[Tool, ...]:
        """The tools in the command that need more than variables, and do not get it there."""
        return tuple(tool for tool in self._named if any(way.arguments for way in _ways([tool])))

    def command(self, words: tuple[str, ...], variables: Mapping[str, str]) -> tuple[str, ...]:
        """The command with what the tool needs beside variables."""
        if self._place is None or not self._arguments:
            return words
        return self._place.given(words, filled(self._arguments, variables))

    @staticmethod
    def upstream(variable: str) -> str:
        """The name of the upstream whose address the variable held before."""
        return variable.lower().replace("_", "-")


def _ways(tools: Iterable[Tool]) -> Iterator[Connection]:
    return (way for tool in tools for way in tool.connections if way.via is Via.PROXY)
