"""Which originals are safely kept, through failures of the archive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Set
from typing import Generic, TypeVar

from aicontext.domain.context import handle
from aicontext.domain.errors import Unavailable
from aicontext.ports.stores.archive import Archive

REMEMBERED = 100_000
"""Texts whose fate is remembered; of older ones the archive itself is asked."""

KEPT = 60.0
"""Seconds for which a text counts as kept: others may clear the archive, and what is not used may
be evicted."""

Key = TypeVar("Key", bytes, str)


class Originals(Generic[Key]):
    """Puts originals into the archive, and remembers what it took and what it could not take.

    A text that went out whole for want of its archive stays whole afterwards, and one that was
    archived once stays as it was shown: neither may change what a provider holds cached. Texts
    come by keys that stand for them, their handles or digests.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._kept: OrderedDict[tuple[Key, bool], float] = OrderedDict()
        self._refused: OrderedDict[Key, float] = OrderedDict()

    @property
    def refused(self) -> Set[Key]:
        """Texts that the archive could not take when they were first shown."""
        return self._refused.keys()

    def keep(
        self, texts: Mapping[Key, str], now: float | None = None, *, exposed: bool = False
    ) -> tuple[Set[Key], str]:
        """Keeps the texts durably; (those that could not be kept, why).

        exposed: as plain files too. now: in seconds; those that were kept less than KEPT before
        are not put again. Without it all are.
        """
        put = self._archive.expose if exposed else self._archive.put
        due = {
            key: text
            for key, text in texts.items()
            if now is None or self._kept.get((key, exposed), -KEPT) + KEPT <= now
        }
        if not due:
            return frozenset(), ""
        try:
            put(*due.values())
        except Unavailable as error:
            return self.lost(due, exposed=exposed), str(error)
        _note(self._kept, ((key, exposed) for key in due), now or 0.0)
        return frozenset(), ""

    def lost(self, texts: Mapping[Key, str], *, exposed: bool = False) -> Set[Key]:
        """Those that are not kept, which from now on count as refused."""
        missing = {key: text for key, text in texts.items() if (key, exposed) not in self._kept}
        try:
            held = self._archive.held(*missing.values(), exposed=exposed)
        except Unavailable:
            held = frozenset()
        gone = {key for key, text in missing.items() if handle(text) not in held}
        _note(self._refused, sorted(gone), 0.0)
        return gone


Fate = TypeVar("Fate")


def _note(known: OrderedDict[Fate, float], keys: Iterable[Fate], at: float) -> None:
    for key in keys:
        known[key] = at
        known.move_to_end(key)
    while len(known) > REMEMBERED:
        known.popitem(last=False)
