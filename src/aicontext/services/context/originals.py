"""Which originals are safely kept, through failures of the archive."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence, Set

from aicontext.domain.context import handle
from aicontext.domain.errors import Unavailable
from aicontext.ports.archive import Archive

REMEMBERED = 20_000
"""Handles whose fate is remembered; of older ones the archive itself is asked."""


class Originals:
    """Puts originals into the archive, and remembers what it took and what it could not take.

    A text that went out whole for want of its archive stays whole afterwards, and one that was
    archived once stays as it was shown: neither may change what a provider holds cached.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._kept: OrderedDict[str, None] = OrderedDict()
        self._refused: OrderedDict[str, None] = OrderedDict()

    @property
    def refused(self) -> Set[str]:
        """Handles of texts that the archive could not take when they were first shown."""
        return self._refused.keys()

    def keep(self, texts: Sequence[str]) -> tuple[Set[str], str]:
        """Keeps the texts durably; (handles of those that could not be kept, why)."""
        if not texts:
            return frozenset(), ""
        try:
            # Those put before too: others may have cleared the archive, or filled it, since.
            self._archive.put(*texts)
        except Unavailable as error:
            return self.lost(texts), str(error)
        _note(self._kept, map(handle, texts))
        return frozenset(), ""

    def lost(self, texts: Sequence[str]) -> Set[str]:
        """Handles of those that are not kept, which from now on count as refused."""
        try:
            held = self._archive.held(*texts)
        except Unavailable:
            held = frozenset()
        gone = set(map(handle, texts)) - held - self._kept.keys()
        _note(self._refused, sorted(gone))
        return gone


def _note(known: OrderedDict[str, None], handles: Iterable[str]) -> None:
    for key in handles:
        known[key] = None
        known.move_to_end(key)
    while len(known) > REMEMBERED:
        known.popitem(last=False)
