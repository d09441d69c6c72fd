"""What the platform keeps its state in, by the addresses that are set."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.kit.clock import CLOCK
from aicontext.kit.ids import time_ordered
from aicontext.wiring.extras import needed

if TYPE_CHECKING:
    from aicontext.adapters.blobs.objects import Objects
    from aicontext.adapters.cache.redis import RedisCache
    from aicontext.adapters.records.sql import SqlRecords
    from aicontext.domain.storage.vectors import Space
    from aicontext.ports.keys import Keys
    from aicontext.ports.stores.blobs import Blobs
    from aicontext.ports.stores.bus import Bus
    from aicontext.ports.stores.cache import Cache
    from aicontext.ports.stores.vectors import Vectors
    from aicontext.settings import Settings

_NEAR = 64 * 2**20
"""Bytes of the cache that a process holds by itself."""


def records(settings: Settings | None = None) -> SqlRecords:
    """The records of tenants, in PostgreSQL or in a file of the home. Raises MissingExtra."""
    chosen = settings or environment.load()
    with needed("The record store", "postgresql" if chosen.records else "records"):
        if chosen.records:
            from aicontext.adapters.records.postgresql import PostgresqlRecords

            return PostgresqlRecords(chosen.records)
        from aicontext.adapters.records.sqlite import SqliteRecords

        return SqliteRecords(chosen.home / "records.db")


def cache(settings: Settings | None = None) -> Cache:
    """This process's own; before the one that processes share, where there is one. Raises
    MissingExtra."""
    from aicontext.adapters.cache.memory import MemoryCache

    chosen = settings or environment.load()
    near = MemoryCache(_NEAR, CLOCK.tick)
    if not chosen.cache:
        return near
    from aicontext.adapters.cache.layered import LayeredCache

    return LayeredCache(near, shared_cache(chosen), CLOCK)


def shared_cache(settings: Settings, timeout: float | None = None) -> RedisCache:
    """The one that processes share. timeout: as its own. Raises MissingExtra."""
    with needed("The cache", "redis"):
        from aicontext.adapters.cache.redis import RedisCache

        return RedisCache(settings.cache, time_ordered(CLOCK.now()), timeout)


def bus(settings: Settings | None = None) -> Bus:
    """What carries messages: a server, or a file of the home. Raises MissingExtra, InvalidInput."""
    chosen = settings or environment.load()
    scheme = chosen.bus.partition("://")[0]
    if scheme in ("", "sqlite"):
        return local_bus(chosen.home / "bus.db")
    extra = {"rediss": "redis", "kafkas": "kafka"}.get(scheme, scheme)
    with needed("The bus", extra):
        if extra == "postgresql":
            from aicontext.adapters.bus.sql import postgresql_bus

            return postgresql_bus(chosen.bus)
        if extra == "redis":
            from aicontext.adapters.bus.redis import RedisBus

            return RedisBus(chosen.bus)
        from aicontext.adapters.bus.kafka import KafkaBus

        return KafkaBus(chosen.bus)


def local_bus(path: Path) -> Bus:
    """One in a file that processes of this machine share. Raises MissingExtra."""
    with needed("A bus on this machine", "records"):
        from aicontext.adapters.bus.sql import sqlite_bus

        return sqlite_bus(path)


def vectors(space: Space, settings: Settings | None = None) -> Vectors:
    """The vectors of one model, in PostgreSQL or in a file of the home. Raises MissingExtra."""
    chosen = settings or environment.load()
    scheme = chosen.vectors.partition("://")[0]
    with needed("The store of vectors", scheme or "vectors"):
        if scheme == "postgresql":
            from aicontext.adapters.vectors.pgvector import PgVectors

            return PgVectors(chosen.vectors, space)
        file = chosen.home / "vectors.db"
        if scheme == "qdrant":
            from aicontext.adapters.vectors.qdrant import QdrantVectors

            return QdrantVectors(file, space)
        from aicontext.adapters.vectors.exact import ExactVectors

        return ExactVectors(file, space)


def blobs(settings: Settings | None = None) -> Blobs:
    """Large contents, sealed, in S3 or in a folder of the home. Raises MissingExtra."""
    from tempfile import gettempdir

    chosen = settings or environment.load()
    with needed("The content store", "s3" if chosen.blobs else "blobs"):
        from aicontext.adapters.blobs.sealed import SealedBlobs

        spool = Path(gettempdir())
        objects = objects_at(chosen.blobs or str(chosen.home / "blobs"))
        return SealedBlobs(objects, keys(chosen), spool, clock=CLOCK, new_id=time_ordered)


def objects_at(place: str) -> Objects:
    """The objects in a folder, or below s3://BUCKET/PREFIX."""
    if place.startswith("s3://"):
        from aicontext.adapters.blobs.s3 import S3Objects

        return S3Objects(place, {})
    from aicontext.adapters.blobs.folder import FolderObjects

    return FolderObjects(Path(place).expanduser())


def keys(settings: Settings) -> Keys:
    """The master key, with who keeps it or in a file of the home. Raises MissingExtra."""
    if settings.keys.startswith("vault"):
        from aicontext.adapters.keys.vault import VaultKeys

        return VaultKeys(settings.keys, settings.vault_token)
    if settings.keys.startswith("pkcs11"):
        with needed("The master key", "pkcs11"):
            from aicontext.adapters.keys.pkcs11 import Pkcs11Keys

            return Pkcs11Keys(settings.keys, settings.pkcs11_pin)
    with needed("The master key", "kms" if settings.keys else "blobs"):
        if settings.keys:
            from aicontext.adapters.keys.kms import KmsKeys

            return KmsKeys(settings.keys.partition("://")[2])
        from aicontext.adapters.keys.ring import KeyRing

        return KeyRing(settings.home / "keys.json")
