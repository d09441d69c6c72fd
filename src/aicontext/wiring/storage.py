"""Copies of all that the product keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from aicontext import settings as environment
from aicontext.domain.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aicontext.adapters.blobs.objects import Objects
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
    import tempfile
    from importlib.metadata import version

    from aicontext.adapters.home.folder import HomeFolder
    from aicontext.kit.clock import CLOCK
    from aicontext.kit.ids import time_ordered
    from aicontext.services.enterprise.backups import Backups

    try:
        from aicontext.adapters.blobs.sealed import SealedBlobs
        from aicontext.adapters.keys.passphrase import PassphraseKeys

        objects = _objects(target)
    except ModuleNotFoundError as error:
        extra = "s3" if target.startswith("s3://") else "blobs"
        raise MissingExtra(
            f"Backups need {error.name}.", hint=f"Run: pip install 'ai-context-platform[{extra}]'."
        ) from None
    spool = Path(tempfile.gettempdir())
    keys = PassphraseKeys(secret)
    blobs = SealedBlobs(objects, keys, spool, clock=CLOCK, new_id=time_ordered)
    home = HomeFolder(environment.load().home)
    return Backups(
        home, blobs, release=version("ai-context-platform"), clock=CLOCK, new_id=time_ordered
    )


def _objects(target: str) -> Objects:
    if target.startswith("s3://"):
        from aicontext.adapters.blobs.s3 import S3Objects

        return S3Objects(target, {})
    from aicontext.adapters.blobs.folder import FolderObjects

    return FolderObjects(Path(target).expanduser())
