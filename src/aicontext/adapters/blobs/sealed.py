"""Contents by digest, sealed, over named objects."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aicontext.adapters.blobs.objects import Objects
from aicontext.adapters.blobs.sealing import HEAD, SEALED, Opening, Sealing, key_id
from aicontext.domain.errors import InputTooLarge, InvalidInput, NotFound, Unavailable
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.keys import Keys

_LARGEST = 2**32
"""Bytes of a content."""

_STEP = 2**20
"""Bytes that are sealed at a time, out of the event loop."""

_LONGEST_KEY = 4096
"""Bytes of a sealed key, whoever sealed it."""

_IDS = re.compile(r"[0-9a-f]{32}")
_DIGESTS = re.compile(r"[0-9a-f]{64}")


class SealedBlobs:
    """Objects are named TENANT/blobs/DI/DIGEST and TENANT/keys/ID: a tenant's keys lie beside its
    contents, sealed under the master key. The newest one seals. Without its keys a tenant's
    contents are noise, wherever copies of them may lie.

    spool: a folder in which contents are sealed before they are handed on; nothing open lies there.
    """

    def __init__(
        self, objects: Objects, keys: Keys, spool: Path, *, clock: Clock, new_id: NewId
    ) -> None:
        self._objects = objects
        self._master = keys
        self._spool = spool
        self._clock = clock
        self._new_id = new_id
        self._opened: dict[tuple[str, str], bytes] = {}
        self._newest: dict[str, str] = {}

    async def put(self, tenant: str, content: AsyncIterable[bytes]) -> str:
        key_name, key = await self._sealing_key(tenant)
        with _spool(self._spool) as path:
            digest = await _sealed(path, bytes.fromhex(key_name), key, content)
            if await self._objects.size(_key(tenant, key_name)) is None:
                self._newest.pop(tenant, None)  # Somebody made the tenant be forgotten.
                raise Unavailable("The tenant's key is gone.", hint="Try again.")
            if await self._objects.size(_blob(tenant, digest)) is None:
                await self._objects.put(_blob(tenant, digest), path)
        return digest

    async def get(
        self, tenant: str, digest: str, first: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        name = _blob(tenant, digest)
        if (size := await self._objects.size(name)) is None:
            raise NotFound("There is no such content.")
        head = await self._objects.read(name, 0, HEAD)
        key = await self._key(tenant, key_id(head).hex())
        opening = Opening(head, size, key, digest)
        for place, run in opening.runs(first, length):
            sealed = await self._objects.read(name, place, len(run) * SEALED)
            for at, (number, start, end) in enumerate(run):
                yield opening.open(number, sealed[at * SEALED : (at + 1) * SEALED])[start:end]

    async def held(self, tenant: str, digest: str) -> bool:
        return await self._objects.size(_blob(tenant, digest)) is not None

    async def remove(self, tenant: str, digest: str) -> None:
        await self._objects.remove(_blob(tenant, digest))

    async def digests(self, tenant: str, start: str = "") -> AsyncIterator[str]:
        folder = f"{start[:2]}/" if len(start) >= 2 else ""
        async for name in self._objects.names(f"{_checked(tenant)}/blobs/{folder}"):
            if (digest := name.rsplit("/", 1)[1]).startswith(start):
                yield digest

    async def forget(self, tenant: str) -> None:
        self._newest.pop(tenant, None)
        for folder in ("keys", "blobs"):  # Without their keys the rest is unreadable at once.
            async for name in self._objects.names(f"{_checked(tenant)}/{folder}/"):
                self._opened.pop((tenant, name.rsplit("/", 1)[1]), None)
                await self._objects.remove(name)

    async def rotate(self, tenant: str) -> None:
        async for name in self._objects.names(f"{_checked(tenant)}/keys/"):
            key_name = name.rsplit("/", 1)[1]
            key = await self._key(tenant, key_name)
            await self._write(name, await self._master.seal(key, _about(tenant, key_name)))
        await self._make_key(tenant)

    async def close(self) -> None:
        await self._objects.close()
        await self._master.close()

    async def _sealing_key(self, tenant: str) -> tuple[str, bytes]:
        """The tenant's newest key, made if there is none."""
        if tenant not in self._newest:
            found = [name async for name in self._objects.names(f"{_checked(tenant)}/keys/")]
            if not found:
                return await self._make_key(tenant)
            self._newest[tenant] = found[-1].rsplit("/", 1)[1]
        name = self._newest[tenant]
        return name, await self._key(tenant, name)

    async def _make_key(self, tenant: str) -> tuple[str, bytes]:
        name, key = self._new_id(self._clock.now()), AESGCM.generate_key(256)
        sealed = await self._master.seal(key, _about(tenant, name))
        await self._write(_key(tenant, name), sealed)
        self._opened[tenant, name] = key
        self._newest[tenant] = name
        return name, key

    async def _key(self, tenant: str, name: str) -> bytes:
        if (key := self._opened.get((tenant, name))) is None:
            try:
                sealed = await self._objects.read(_key(tenant, name), 0, _LONGEST_KEY)
            except NotFound:
                raise Unavailable(
                    "The key of a kept content is gone.", hint="Restore it from a backup."
                ) from None
            key = self._opened[tenant, name] = await self._master.open(sealed, _about(tenant, name))
        return key

    async def _write(self, name: str, content: bytes) -> None:
        with _spool(self._spool) as path:
            await asyncio.to_thread(path.write_bytes, content)
            await self._objects.put(name, path)


async def _sealed(path: Path, key_id: bytes, key: bytes, content: AsyncIterable[bytes]) -> str:
    """Seals the content into the file; its digest."""
    size = 0
    with path.open("wb") as file:
        sealing = Sealing(file, key_id, key)
        async for part in content:
            size += len(part)
            if size > _LARGEST:
                raise InputTooLarge(f"The content is over {_LARGEST:,} bytes.")
            for start in range(0, len(part), _STEP):
                await asyncio.to_thread(sealing.add, part[start : start + _STEP])
        return await asyncio.to_thread(sealing.end)


@contextmanager
def _spool(folder: Path) -> Iterator[Path]:
    """A file for what is about to be handed on; it is gone afterwards."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=folder)
        os.close(descriptor)
    except OSError as error:
        raise _no_room(error) from None
    path = Path(name)
    try:
        yield path
    except OSError as error:
        raise _no_room(error) from None
    finally:
        path.unlink(missing_ok=True)


def _no_room(error: OSError) -> Unavailable:
    return Unavailable(
        f"The content could not be written ({error.strerror}).",
        hint="Nothing was kept. Make room in the temporary folder, then try again.",
    )


def _blob(tenant: str, digest: str) -> str:
    if not _DIGESTS.fullmatch(digest):
        raise InvalidInput("A digest has 64 hexadecimal digits.")
    return f"{_checked(tenant)}/blobs/{digest[:2]}/{digest}"


def _key(tenant: str, name: str) -> str:
    return f"{_checked(tenant)}/keys/{name}"


def _about(tenant: str, name: str) -> str:
    return f"aicontext {tenant} {name}"


def _checked(tenant: str) -> str:
    if not _IDS.fullmatch(tenant):
        raise InvalidInput("A tenant's id has 32 hexadecimal digits.")
    return tenant
