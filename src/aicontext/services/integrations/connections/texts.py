"""Texts of ours in a tool's rules: a section of its file, or a file of their own."""

from __future__ import annotations

import re

from aicontext.domain.tools import Connection, Format, Part, Paths

_OWNED = "aicontext."
_DESCRIBED = re.compile(r"^description: .*$", re.MULTILINE)


def places(way: Connection, name: str) -> Paths:
    """The files that may take it. way: to the tool by its rules. name: of the text."""
    if not way.owned:
        return way.files
    return {
        system: tuple(path.replace(_OWNED, f"{name}.") for path in paths)
        for system, paths in way.files.items()
    }


def part(way: Connection, name: str, text: str, *, owner: str, ours: str, about: str) -> Part:
    """owner: under whom the part is kept. ours: the text by which rules connect a tool. about:
    what the text is, for a file that begins with a description."""
    kind = way.format or Format.MARKDOWN
    if not way.owned:
        return Part(owner, way.via, way.scope, kind, {name: text})
    head = str(way.fragment).removesuffix(ours)
    whole = f"{_DESCRIBED.sub(f'description: {about}', head)}{text}\n"
    return Part(owner, way.via, way.scope, kind, whole, owned=True)
