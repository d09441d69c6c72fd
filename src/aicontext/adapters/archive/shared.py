"""Originals in the store of large contents, so that every process finds them; a near archive in
front, which may forget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from aicontext.adapters.archive.handles import checked
from aicontext.domain.context import HANDLE_LENGTH, digest
from aicontext.domain.errors import NotFound
from aicontext.ports.stores.archive import Archive
from aicontext.ports.stores.blobs import Blobs

_AT_ONCE = 8
"""Texts that are kept at the same time."""

Answer = TypeVar("Answer")


class Loop(Protocol):
    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer: ...


class SharedArchive:
    """A content's digest is that of its text, so both archives know it by the same handle.

    owner: whose originals they are, an id; nobody finds those of another. loop: where the store is
    asked. What is kept durably is kept there; plain files, and `size`, are of the near one.
    """

    def __init__(self, near: Archive, blobs: Blobs, owner: str, loop: Loop) -> None:
        self._near = near
        self._blobs = blobs
        self._owner = owner
        self._loop = loop

    def put(self, *texts: str) -> tuple[str, ...]:
        self._loop.run(self._put(list(dict.fromkeys(texts))))
        return self._near.put(*texts)

    def held(self, *texts: str, exposed: bool = False) -> frozenset[str]:
        near = self._near.held(*texts, exposed=exposed)
        rest = [] if exposed else [text for text in texts if _handle(text) not in near]
        return near | self._loop.run(self._held(rest)) if rest else near

    def expose(self, *texts: str) -> str:
        if texts:
            self.put(*texts)
        return self._near.expose(*texts)

    def get(self, handle: str) -> str:
        wanted = checked(handle)
        try:
            return self._near.get(wanted)
        except NotFound:
            text = self._loop.run(self._get(wanted))
        self._near.put(text)
        return text

    def size(self) -> tuple[int, int]:
        return self._near.size()

    def clear(self) -> None:
        self._loop.run(self._blobs.forget(self._owner))
        self._near.clear()

    async def _put(self, texts: Sequence[str]) -> None:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def put(text: str) -> None:
            async with slots:
                if not await self._blobs.held(self._owner, digest(text)):
                    await self._blobs.put(self._owner, _once(text))

        await asyncio.gather(*map(put, texts))

    async def _held(self, texts: Sequence[str]) -> frozenset[str]:
        found = await asyncio.gather(*(self._blobs.held(self._owner, digest(t)) for t in texts))
        return frozenset(_handle(text) for text, kept in zip(texts, found, strict=True) if kept)

    async def _get(self, wanted: str) -> str:
        found = [one async for one in self._blobs.digests(self._owner, wanted)]
        if len(found) != 1:
            raise NotFound(
                f"The archive holds no single text for the handle {wanted}.",
                hint="It may have been cleared, or be another user's.",
            )
        parts = [part async for part in self._blobs.get(self._owner, found[0])]
        return b"".join(parts).decode("utf-8", "surrogatepass")


def _handle(text: str) -> str:
    return digest(text)[:HANDLE_LENGTH]


async def _once(text: str) -> AsyncIterator[bytes]:
    yield text.encode("utf-8", "surrogatepass")
