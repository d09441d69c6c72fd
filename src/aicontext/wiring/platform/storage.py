"""Copies of all that the product keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aicontext import settings as environment
from aicontext.wiring.extras import needed
from aicontext.wiring.platform.stores import objects_at

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aicontext.services.enterprise.backups import Backups

Answer = TypeVar("Answer")


def passphrase() -> str:
    """That of backups, where one is set."""
    return environment.load().backup_passphrase


def run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What the work gives, in an event loop of its own."""
    import asyncio

    return asyncio.run(work)


def backups(target: str, secret: str) -> Backups:
    """Backups of this machine's state in a folder, or below s3://BUCKET/PREFIX. Raises MissingExtra
    and InvalidInput."""
    from importlib.metadata import version
    from tempfile import gettempdir

    from aicontext.adapters.home.folder import HomeFolder
    from aicontext.kit.clock import CLOCK
    from aicontext.kit.ids import time_ordered
    from aicontext.services.enterprise.backups import Backups

    with needed("A backup", "s3" if target.startswith("s3://") else "blobs"):
        from aicontext.adapters.blobs.sealed import SealedBlobs
        from aicontext.adapters.keys.passphrase import PassphraseKeys

        objects = objects_at(target)
    keys = PassphraseKeys(secret)
    blobs = SealedBlobs(objects, keys, Path(gettempdir()), clock=CLOCK, new_id=time_ordered)
    home = HomeFolder(environment.load().home)
    return Backups(
        home, blobs, release=version("ai-context-platform"), clock=CLOCK, new_id=time_ordered
    )
