"""Reading manifests, for those who write the catalogue; the program reads its index."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from aicontext.domain.errors import InvalidInput
from aicontext.domain.tools import Tool
from aicontext.services.integrations.catalog.expand import Raw, tool
from aicontext.services.integrations.catalog.validate import problems


def read(path: Path) -> dict[str, Any]:
    """A TOML file, with dates as text. Raises InvalidInput with the place of what is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: {error}.") from None
    if "checked_on" in raw:
        raw["checked_on"] = str(raw["checked_on"])
    return raw


def shapes(catalog: Path) -> Raw:
    """What manifests share; plugins in full where the files are named that they are made of."""
    found = read(catalog / "_shapes.toml")
    for hook in found["hooks"].values():
        if "files" in hook:
            parts = [(catalog / name).read_text(encoding="utf-8") for name in hook.pop("files")]
            hook["text"] = "".join(parts)
    return found


def load(path: Path, shapes: Raw) -> Tool:
    """The tool of a manifest. Raises InvalidInput that names the file, and each key with what is
    expected there."""
    raw = read(path)
    if found := list(problems(raw, shapes, path.parent.name)):
        raise InvalidInput("\n".join(f"{path}: {one}" for one in found))
    return tool(raw, shapes)
