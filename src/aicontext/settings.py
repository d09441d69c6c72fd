"""The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aicontext.domain.errors import InvalidInput

DEFAULT_MODEL = "claude-sonnet-4-5"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; the defaults need nothing.

    home: folder of the product's own state. archive_bytes: compressed originals kept at most.
    model: whose tokens and prices are meant where no model is named.
    """

    home: Path
    archive_bytes: int = 2**30
    model: str = DEFAULT_MODEL


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from AICONTEXT_HOME, AICONTEXT_ARCHIVE_BYTES and AICONTEXT_MODEL.

    Raises InvalidInput where one of them cannot be used.
    """
    data = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    home = Path(environment.get("AICONTEXT_HOME") or Path(data) / "aicontext").expanduser()
    limit = environment.get("AICONTEXT_ARCHIVE_BYTES", str(2**30))
    if not limit.isascii() or not limit.isdigit() or int(limit) < 2**20:
        raise InvalidInput(
            f"AICONTEXT_ARCHIVE_BYTES is {limit[:40]!r}.", hint="Give a number of at least 1048576."
        )
    return Settings(home, int(limit), environment.get("AICONTEXT_MODEL") or DEFAULT_MODEL)
