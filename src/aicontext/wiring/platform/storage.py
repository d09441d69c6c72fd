"""Copies of all that the product keeps, and what it is kept in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from aicontext import settings as environment
from aicontext.domain.errors import InvalidInput
from aicontext.wiring import stores, usage
from aicontext.wiring.extras import needed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence

    from aicontext.adapters.records.sql import SqlRecords
    from aicontext.domain.storage.places import Moved
    from aicontext.ports.stores.blobs import Blobs
    from aicontext.ports.stores.events import Events
    from aicontext.services.enterprise.storage.backups import Advance, Backups
    from aicontext.services.enterprise.storage.collections import Collection
    from aicontext.settings import Settings

Answer = TypeVar("Answer")


class Closing(Protocol):
    async def close(self) -> None: ...


Store = TypeVar("Store", bound=Closing)


@asynccontextmanager
async def closed(store: Store) -> AsyncIterator[Store]:
    """Closes the store at the end."""
    try:
        yield store
    finally:
        await store.close()


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
    from aicontext.services.enterprise.storage.backups import Backups

    with needed("A backup", "s3" if target.startswith("s3://") else "blobs"):
        from aicontext.adapters.blobs.sealed import SealedBlobs
        from aicontext.adapters.keys.passphrase import PassphraseKeys

        objects = stores.objects_at(target)
    keys = PassphraseKeys(secret)
    blobs = SealedBlobs(objects, keys, Path(gettempdir()), clock=CLOCK, new_id=time_ordered)
    chosen = environment.load()
    events = urlsplit(chosen.events)
    engine = Path(unquote(events.path)) if events.scheme == "chdb" else None
    home = HomeFolder(chosen.home, engine)
    return Backups(
        home, blobs, release=version("ai-context-platform"), clock=CLOCK, new_id=time_ordered
    )


def empty(target: str) -> bool:
    """Whether no backup lies there yet, for which no passphrase is needed."""
    return run(backups(target, "").empty())


def migrations() -> Coroutine[Any, Any, Sequence[str]]:
    """Bring the schemas of this installation up to date; the steps that were done."""

    async def migrated() -> Sequence[str]:
        async with closed(stores.records()) as kept:
            return await kept.migrate()

    return migrated()


def copying(
    source: str, target: str, advance: Advance, *, again: bool
) -> Coroutine[Any, Any, Sequence[Moved]]:
    """Copy an installation's state. source, target: a size, or a file of settings."""
    from aicontext.services.enterprise.storage.moving import move

    origin, goal = (environment.load(_settings_of(name)) for name in (source, target))
    if origin == goal:
        raise InvalidInput("Both are the same place.", hint="Give two sizes, or two files.")

    async def copied() -> Sequence[Moved]:
        async with (
            closed(stores.records(origin)) as old,
            closed(stores.records(goal)) as new,
            closed(stores.blobs(origin)) as old_blobs,
            closed(stores.blobs(goal)) as new_blobs,
            _vectors(origin, goal) as (old_vectors, new_vectors),
        ):
            await (old.check() if origin.records else old.migrate())
            await new.migrate()
            return await move(
                _collections(old, old_blobs, old_blobs, usage.events(origin)) | old_vectors,
                _collections(new, new_blobs, old_blobs, usage.events(goal)) | new_vectors,
                advance,
                again=again,
            )

    return copied()


def _collections(
    records: SqlRecords, blobs: Blobs, source: Blobs, events: Events
) -> dict[str, Collection[Any]]:
    from aicontext.adapters.budgets.sql import SqlBudgets
    from aicontext.domain.storage.records import KINDS
    from aicontext.services.enterprise.storage import collections

    return {
        **{kind.__name__: collections.RecordsOf(records, kind) for kind in KINDS},
        "Spent": collections.SpentOf(SqlBudgets(records)),
        "Message": collections.Outbox(records),
        "UsageEvent": collections.EventsOf(partial(events.since, raw=True), events.append),
        "HookEvent": collections.EventsOf(events.hooks_since, events.append_hooks),
        "Mark": collections.Marks(events),
        "Content": collections.Contents(blobs, records, source),
    }


@asynccontextmanager
async def _vectors(
    origin: Settings, goal: Settings
) -> AsyncIterator[tuple[dict[str, Collection[Any]], dict[str, Collection[Any]]]]:
    """Those of both, by name; none where the source keeps none. Raises InvalidInput where both are
    not of one model."""
    if not origin.vectors and not (origin.home / "vectors.db").exists():
        yield {}, {}
        return
    from aicontext.services.enterprise.storage.collections import VectorsOf
    from aicontext.wiring.similar import embeddings

    space, other = embeddings(origin).space, embeddings(goal).space
    if space != other:
        raise InvalidInput(
            f"The source's vectors are of {space.model}, the target's would be of {other.model}.",
            hint="Set the same AICONTEXT_EMBEDDINGS_URL and _NAME for both.",
        )
    async with (
        closed(stores.vectors(space, origin)) as old,
        closed(stores.vectors(space, goal)) as new,
    ):
        yield {"Vector": VectorsOf(old)}, {"Vector": VectorsOf(new)}


def _settings_of(name: str) -> dict[str, str]:
    """Those of a size, or those in a file of lines NAME=value. Raises InvalidInput."""
    none = {f"AICONTEXT_{kind.upper()}": "" for kind in (*environment.STORES, "keep_days")}
    if name in environment.PROFILES:
        return {"AICONTEXT_PROFILE": name} | (none if name == "embedded" else {})
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{name} is neither a size nor a file that can be read ({type(error).__name__}).",
            hint=f"Sizes are {', '.join(environment.PROFILES)}.",
        ) from None
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    given = {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
    known = {f"AICONTEXT_{field.upper()}" for field in environment.Settings._fields}
    for unknown in given.keys() - known:
        if unknown.startswith("AICONTEXT_"):
            raise InvalidInput(
                f"{name} sets {unknown[:60]}, which is no setting.", hint="Look how it is spelt."
            )
    return none | given
