"""What a program is started with, so that its calls reach the proxy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePath
from urllib.parse import quote

from aicontext.domain.tools import Via
from aicontext.services.integrations.catalog.expand import filled
from aicontext.services.integrations.catalog.index import Catalogue

_PROXY = "{proxy}"
_TOKEN = "{token}"
_LIBRARIES = ("sdk", "framework")


class Launcher:
    """For one program, by its name or path; "" for any.

    Every program gets the variables that many tools share, one in the catalogue those of its own,
    and any other, which may use whatever library, those of all libraries.
    """

    def __init__(self, catalogue: Catalogue, program: str = "") -> None:
        tool = catalogue.started_by(PurePath(program.replace("\\", "/")).stem) if program else None
        used = [tool] if tool else [one for one in catalogue if program and one.kind in _LIBRARIES]
        ways = [way for one in used for way in one.connections if way.via is Via.PROXY]
        self._templates: dict[str, str] = dict(catalogue.shapes["environment"])
        for way in ways:
            self._templates |= way.variables
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
            if token or _TOKEN not in text
        }
        found |= {name: f"{origin}/to/{self.upstream(name)}" for name in elsewhere}
        must = {
            name: value
            for name, value in found.items()
            if name in self.addresses or _TOKEN in self._templates[name]
        }
        rest = {name: filled(found[name], must) for name in found.keys() - must.keys()}
        return must, rest

    def command(self, words: tuple[str, ...], variables: Mapping[str, str]) -> tuple[str, ...]:
        """The command with what the tool needs beside variables."""
        return (words[0], *filled(self._arguments, variables), *words[1:])

    @staticmethod
    def upstream(variable: str) -> str:
        """The name of the upstream whose address the variable held before."""
        return variable.lower().replace("_", "-")
