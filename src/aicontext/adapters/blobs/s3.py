"""Objects in a store that speaks S3."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from obstore.exceptions import BaseError
from obstore.store import S3Store

from aicontext.domain.errors import InvalidInput, NotFound, Unavailable

_PART = 8 * 2**20
"""Bytes of a part; what is larger goes in parts, of which none counts until all are there."""

_PATIENCE = 30
"""Seconds that an answer may take."""

_INSISTENCE = 20
"""Seconds in which what was refused is tried again."""


class S3Objects:
    """url: s3://BUCKET/PREFIX. options: the store's, by obstore's names (endpoint, region, keys);
    without them those of AWS' environment hold. Raises InvalidInput."""

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        try:
            self._store = S3Store.from_url(
                url,
                config=cast(Any, dict(options)),
                client_options={
                    "timeout": f"{_PATIENCE}s",
                    "connect_timeout": "5s",
                    "allow_http": True,
                },
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=_INSISTENCE)},
            )
        except BaseError as error:
            raise InvalidInput(
                f"The address of the S3 store is none ({type(error).__name__}).",
                hint="Give s3://BUCKET/PREFIX.",
            ) from None

    async def put(self, name: str, file: Path) -> None:
        try:
            await self._store.put_async(name, file, chunk_size=_PART)
        except BaseError as error:
            raise _told(error) from None

    async def size(self, name: str) -> int | None:
        try:
            return (await self._store.head_async(name))["size"]
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise _told(error) from None

    async def read(self, name: str, first: int, length: int) -> bytes:
        try:
            return bytes(await self._store.get_range_async(name, start=first, length=length))
        except FileNotFoundError:
            raise NotFound("There is no such content.") from None
        except BaseError as error:
            raise _told(error) from None

    async def remove(self, name: str) -> None:
        try:
            await self._store.delete_async(name)
        except FileNotFoundError:
            return
        except BaseError as error:
            raise _told(error) from None

    async def names(self, prefix: str) -> AsyncIterator[str]:
        try:
            async for page in self._store.list(prefix):
                for found in page:
                    yield found["path"]
        except BaseError as error:
            raise _told(error) from None

    async def close(self) -> None: ...


def _told(error: BaseError) -> Unavailable:
    return Unavailable(
        f"The S3 store gave no answer ({type(error).__name__}).",
        hint="Nothing was kept. Look at the store and its keys, then try again.",
    )
