"""Keeping contexts by what they say, and finding those that are like another."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aicontext.domain.context import Source, handle
from aicontext.domain.errors import InvalidInput
from aicontext.domain.storage.similar import KeptContext, SimilarContext
from aicontext.domain.storage.vectors import NAME_LENGTH, Filter, Item, Match
from aicontext.domain.tenancy.owner import Owner
from aicontext.engine.detect.detector import detect
from aicontext.engine.estimate.counter import counter
from aicontext.kit.clock import Clock
from aicontext.ports.models import Embeddings
from aicontext.ports.stores.archive import Archive
from aicontext.ports.stores.vectors import Vectors
from aicontext.services.context.source import conversation, decoded, join

CONVERSATION = "conversation"
"""The kind of a context that is one; others have that of their text."""


class SimilarService:
    """Contexts of users by their direction; their texts lie in the archive."""

    def __init__(
        self,
        embeddings: Embeddings,
        vectors: Vectors,
        archive: Archive,
        *,
        model: str,
        clock: Clock,
    ) -> None:
        """model: whose tokens are counted."""
        self._embeddings = embeddings
        self._vectors = vectors
        self._archive = archive
        self._count = counter(model)
        self._clock = clock

    async def keep(self, sources: tuple[Source, ...], owner: Owner) -> KeptContext:
        """Keep the context durably, its text in the archive and its direction beside it; the same
        text is kept once. Raises InvalidInput where it has no word, and Unavailable."""
        said, kind = _said(sources)
        direction = await self._direction(said)
        kept = await asyncio.to_thread(self._archived, sources, said, kind)
        item = Item(
            id=_id(kept.handle, owner),
            organisation=owner.organisation,
            user=owner.user,
            vector=direction,
            kind=kept.kind,
            metadata={"source": kept.source, "tokens": kept.tokens, "at": kept.at},
        )
        await self._vectors.put([item])
        return kept

    async def similar(
        self, sources: tuple[Source, ...], owner: Owner, limit: int = 10
    ) -> Sequence[SimilarContext]:
        """Kept contexts of the user that are most like this one, the best first, but not itself.

        Raises InvalidInput, Unavailable.
        """
        direction = await self._direction(_said(sources)[0])
        where = Filter(organisation=owner.organisation, user=owner.user)
        own = _id(handle(_text(sources)), owner)
        found = await self._vectors.search(direction, where, limit + 1)
        return [_similar(match) for match in found if match.id != own][:limit]

    async def forget(self, sources: tuple[Source, ...], owner: Owner) -> bool:
        """No longer find the context; whether it was kept. Its text stays in the archive."""
        own = _id(handle(_text(sources)), owner)
        removed = await self._vectors.remove(owner.organisation, [own])
        return removed > 0

    async def forget_all(self, owner: Owner) -> int:
        """No longer find any of the user's contexts; how many there were."""
        return await self._vectors.forget(Filter(organisation=owner.organisation, user=owner.user))

    async def close(self) -> None:
        await self._vectors.close()

    async def _direction(self, said: str) -> Sequence[float]:
        if said.strip():
            (vector,) = await asyncio.to_thread(self._embeddings.embed, [said])
            if any(vector):
                return vector
        raise InvalidInput("There is not one word in it.", hint="Give a text or a conversation.")

    def _archived(self, sources: tuple[Source, ...], said: str, kind: str) -> KeptContext:
        text = _text(sources)
        (own,) = self._archive.put(text)
        place = sources[0].path.encode("utf-8", "replace").decode() or "input"
        if len(sources) > 1:
            place = f"{place} and {len(sources) - 1} more"
        at = self._clock.now()
        return KeptContext(own, place[-NAME_LENGTH:], kind, self._count(said), at)


def _id(own: str, owner: Owner) -> str:
    """Of a context that others of the organisation may keep too."""
    return f"{owner.user}/{own}"


def _text(sources: tuple[Source, ...]) -> str:
    """All of the context, as it came."""
    return join([(source.path, decoded(source.payload)) for source in sources])


def _said(sources: tuple[Source, ...]) -> tuple[str, str]:
    """(what is said in the context, without the form of its API; its kind)."""
    talk, _ = conversation(sources)
    if talk is None:
        text = _text(sources)
        return text, detect(text).kind.value
    return "\n".join(message.text for message in talk.messages), CONVERSATION


def _similar(match: Match) -> SimilarContext:
    source, tokens, at = (match.metadata.get(name, 0) for name in ("source", "tokens", "at"))
    kept = KeptContext(match.id.rpartition("/")[2], str(source), match.kind, int(tokens), float(at))
    return SimilarContext(round(match.score, 4), kept)
