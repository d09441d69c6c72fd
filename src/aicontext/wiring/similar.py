"""Contexts that are like one another."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from aicontext import settings as environment
from aicontext.wiring import stores
from aicontext.wiring.context import open_archive
from aicontext.wiring.extras import needed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from aicontext.domain.context import Source
    from aicontext.domain.storage.similar import KeptContext, SimilarContext
    from aicontext.domain.tenancy.owner import Owner
    from aicontext.ports.models import Embeddings
    from aicontext.ports.stores.vectors import Vectors
    from aicontext.services.context.similar.service import SimilarService
    from aicontext.settings import Settings

Answer = TypeVar("Answer")


def similar(
    sources: tuple[Source, ...], limit: int, *, keep: bool = False
) -> tuple[Sequence[SimilarContext], KeptContext | None]:
    """What this machine's user kept that is like the context, and it as it was kept, if it was to
    be. Raises InvalidInput, MissingExtra, Unavailable."""

    async def work(
        service: SimilarService, owner: Owner
    ) -> tuple[Sequence[SimilarContext], KeptContext | None]:
        found = await service.similar(sources, owner, limit)
        return found, await service.keep(sources, owner) if keep else None

    return _of_this_user(work)


def forget(sources: tuple[Source, ...]) -> bool:
    """No longer find the context; whether it was kept. Raises as `similar`."""
    return _of_this_user(lambda service, owner: service.forget(sources, owner))


def forget_all() -> int:
    """No longer find anything of this machine's user; how much there was. Raises as `similar`."""
    return _of_this_user(lambda service, owner: service.forget_all(owner))


def similar_service() -> SimilarService:
    """The service over what this machine's user kept. Raises MissingExtra, Unavailable."""
    from aicontext.kit.clock import CLOCK
    from aicontext.services.context.similar.service import SimilarService

    chosen = environment.load()
    model = embeddings(chosen)
    vectors = stores.vectors(model.space, chosen)
    return SimilarService(model, vectors, open_archive(chosen), model=chosen.model, clock=CLOCK)


class SimilarServices:
    """The service of each user over one store of vectors, opened when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._opened: tuple[Embeddings, Vectors] | None = None

    async def of(self, owner: Owner | None) -> SimilarService:
        """That of a user, of this machine's where none is named. Raises MissingExtra,
        Unavailable."""
        import asyncio

        from aicontext.kit.clock import CLOCK
        from aicontext.services.context.similar.service import SimilarService

        model, vectors = await asyncio.to_thread(self._parts)
        archive = open_archive(self._settings, owner)
        return SimilarService(model, vectors, archive, model=self._settings.model, clock=CLOCK)

    async def close(self) -> None:
        if self._opened:
            await self._opened[1].close()

    def _parts(self) -> tuple[Embeddings, Vectors]:
        with self._lock:
            if self._opened is None:
                model = embeddings(self._settings)
                self._opened = model, stores.vectors(model.space, self._settings)
            return self._opened


def embeddings(settings: Settings) -> Embeddings:
    """The model that gives texts their directions. Raises MissingExtra, Unavailable."""
    if settings.embeddings_url:
        from aicontext.adapters.models.openai_embeddings import OpenAiEmbeddings

        address = (settings.embeddings_url, settings.embeddings_name, settings.embeddings_key)
        return OpenAiEmbeddings(*address, settings.models_timeout)
    with needed("Finding similar contexts", "vectors"):
        from aicontext.adapters.models.wordllama import WordLlama

        return WordLlama()


def _of_this_user(
    work: Callable[[SimilarService, Owner], Coroutine[Any, Any, Answer]],
) -> Answer:
    """In a thread and an event loop of its own: the caller may run one."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from aicontext.domain.tenancy.owner import Owner
    from aicontext.services.enterprise.identity.local import LOCAL_ORGANISATION, LOCAL_USER

    async def done() -> Answer:
        service = similar_service()
        owner = Owner(organisation=LOCAL_ORGANISATION, user=LOCAL_USER)
        try:
            return await work(service, owner)
        finally:
            await service.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, done()).result()
