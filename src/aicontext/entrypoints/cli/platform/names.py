"""Teams and projects by their short names."""

from __future__ import annotations

import re
from typing import TypeVar

from aicontext.domain.errors import InvalidInput
from aicontext.domain.storage.records import Project, Team
from aicontext.wiring.platform.administration import Administration

Kind = TypeVar("Kind", Team, Project)

MOST = 1000
"""Records of a kind that are shown."""

_SLUG = re.compile("[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_ID = re.compile("[0-9a-f]{32}")


def short(name: str) -> str:
    """The name, which a new one can have. Raises InvalidInput."""
    if not _SLUG.fullmatch(name) or len(name) > 100:
        raise InvalidInput(f"{name[:40]!r} is no short name.", hint="Take a-z, 0-9 and hyphens.")
    return name


async def named(on: Administration, kind: type[Kind], name: str) -> Kind:
    """The one of that short name, or of that id. Raises NotFound."""
    organisation = on.by.organisation
    if _ID.fullmatch(name):
        return await on.directory.get(kind, organisation, name)
    return await on.directory.find(kind, organisation, slug=name)
