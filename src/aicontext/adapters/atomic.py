"""Files that are replaced at once or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def replace(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Put the content in the file's place, durably. Mode and owner of a file that is there stay.

    mode: of a new file, less what the umask takes. Raises OSError; the file is then as it was.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            _like(path, temporary)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make new and removed names in the folder durable, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _like(model: Path, path: Path) -> None:
    try:
        found = model.stat()
    except FileNotFoundError:
        return
    if hasattr(os, "chown"):
        # Of another's file that we may write, at least the group is kept if we are in it.
        for owner in ((found.st_uid, found.st_gid), (-1, found.st_gid)):
            with suppress(PermissionError):
                os.chown(path, *owner)
                break
    path.chmod(found.st_mode & 0o7777)
