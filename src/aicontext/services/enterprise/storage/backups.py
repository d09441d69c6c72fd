"""Backups of what the product keeps on this machine, and back again.

A file is kept as chunks by digest: what did not change since an earlier backup is kept already.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aicontext.domain.errors import InvalidInput, NotFound, Unavailable
from aicontext.domain.storage.backups import BackedFile, Backup, Made, Restored
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.home import Home
from aicontext.ports.stores.blobs import Blobs

_CHUNKS = "0" * 32
_LISTS = "0" * 31 + "1"
"""Whose contents the chunks and the lists of files are, as no tenant's."""

_CHUNK = 2**20

Advance = Callable[[int, int], None] | None
"""Told of the files done and of all of them."""


class Backups:
    def __init__(
        self, home: Home, blobs: Blobs, *, release: str, clock: Clock, new_id: NewId
    ) -> None:
        self._home = home
        self._blobs = blobs
        self._release = release
        self._clock = clock
        self._new_id = new_id

    async def make(self, advance: Advance) -> Made:
        """Copy all files, each as it is at one moment. Raises NotFound where there are none,
        InvalidInput where the target holds backups under another passphrase, files lie elsewhere or
        one is damaged, Unavailable where one is in use that cannot be copied then."""
        at = self._clock.now()
        await self.all()
        kept = {digest async for digest in self._blobs.digests(_CHUNKS)}
        files, added = [], 0
        with self._home.still(), self._home.scratch() as scratch:
            if not (names := self._home.names()):
                raise NotFound("There is nothing to back up yet.")
            for done, name in enumerate(names, 1):
                copy = scratch / "copy"
                mode = await asyncio.to_thread(self._home.copy, name, copy)
                await asyncio.to_thread(self._home.check, name, copy)
                file, new = await self._keep(name, mode, copy, kept)
                files.append(file)
                added += new
                copy.unlink()
                if advance:
                    advance(done, len(names))
        backup = Backup(self._new_id(at), at, self._release, tuple(files))
        await self._blobs.put(_LISTS, _once(json.dumps(asdict(backup)).encode()))
        return Made(backup, added)

    async def empty(self) -> bool:
        """Whether there is no backup yet. No key is needed to see it."""
        async for _ in self._blobs.digests(_LISTS):
            return False
        return True

    async def all(self) -> Sequence[Backup]:
        """The backups, oldest first. Raises InvalidInput where the passphrase is another."""
        found = [
            _read(await self._content(_LISTS, digest))
            async for digest in self._blobs.digests(_LISTS)
        ]
        return sorted(found, key=lambda backup: backup.id)

    async def verify(self, backup_id: str, advance: Advance) -> Backup:
        """Read all of a backup, of the newest where no id is given, and look whether each file
        could be used. Raises NotFound, and what tells of damage."""
        backup = await self._one(backup_id)
        with self._home.scratch() as scratch:
            await self._write(backup, scratch, advance)
        return backup

    async def restore(self, backup_id: str, advance: Advance) -> Restored:
        """Put a backup in the place of what is there, once all of it was read and looked at."""
        backup = await self._one(backup_id)
        with self._home.replaced() as folder:
            await self._write(backup, folder, advance)
        return Restored(backup, self._home.former())

    def replaces(self) -> bool:
        """Whether there is something that a backup would take the place of."""
        return bool(self._home.names())

    async def keep(self, number: int) -> int:
        """Remove all but so many of the newest backups, and what only they held; how many."""
        lists = {
            digest: _read(await self._content(_LISTS, digest))
            async for digest in self._blobs.digests(_LISTS)
        }
        old = sorted(lists, key=lambda digest: lists[digest].id)[: max(0, len(lists) - number)]
        needed = {
            chunk
            for digest, backup in lists.items()
            if digest not in old
            for file in backup.files
            for chunk in file.chunks
        }
        for digest in old:
            await self._blobs.remove(_LISTS, digest)
        for chunk in [digest async for digest in self._blobs.digests(_CHUNKS)]:
            if chunk not in needed:
                await self._blobs.remove(_CHUNKS, chunk)
        return len(old)

    async def _one(self, backup_id: str) -> Backup:
        found = [one for one in await self.all() if one.id.startswith(backup_id)]
        if not found:
            raise NotFound(
                "There is no such backup.", hint="aicontext backup --list shows which are."
            )
        return found[-1]

    async def _keep(
        self, name: str, mode: int, copy: Path, kept: set[str]
    ) -> tuple[BackedFile, int]:
        chunks, size, added = [], 0, 0
        with copy.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                digest = hashlib.sha256(chunk).hexdigest()
                if digest not in kept:
                    await self._blobs.put(_CHUNKS, _once(chunk))
                    kept.add(digest)
                    added += len(chunk)
                chunks.append(digest)
                size += len(chunk)
        return BackedFile(name, mode, size, tuple(chunks)), added

    async def _write(self, backup: Backup, folder: Path, advance: Advance) -> None:
        for done, file in enumerate(backup.files, 1):
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("wb") as written:
                path.chmod(stat.S_IMODE(file.mode))
                try:
                    for digest in file.chunks:
                        async for part in self._blobs.get(_CHUNKS, digest):
                            await asyncio.to_thread(written.write, part)
                except Unavailable as error:
                    said = f"The backup's {file.name} cannot be read. {error.message}"
                    raise Unavailable(said, hint=error.hint) from error
                written.flush()
                await asyncio.to_thread(os.fsync, written.fileno())
            if stat.S_ISLNK(file.mode):
                leads = path.read_text()
                path.unlink()
                path.symlink_to(leads)
            await asyncio.to_thread(self._home.check, file.name, path)
            if advance:
                advance(done, len(backup.files))

    async def _content(self, owner: str, digest: str) -> bytes:
        return b"".join([part async for part in self._blobs.get(owner, digest)])


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _read(content: bytes) -> Backup:
    """A list of files, which only we can have sealed; still its names are looked at."""
    kept: dict[str, Any] = json.loads(content)
    files = tuple(
        BackedFile(one["name"], one["mode"], one["size"], tuple(one["chunks"]))
        for one in kept["files"]
    )
    for file in files:
        if file.name.startswith("/") or ".." in file.name.split("/"):
            raise InvalidInput("A backup names a file outside of its folder.")
    return Backup(kept["id"], kept["at"], kept["release"], files)
