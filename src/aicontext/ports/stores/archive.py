"""Originals, kept by what they hold."""

from __future__ import annotations

from typing import Protocol


class Archive(Protocol):
    """Originals by content digest. Putting the same text twice keeps it once."""

    def put(self, *texts: str) -> tuple[str, ...]:
        """Keep the texts durably, all or none, and return their handles.

        A handle is what `domain.context.handle` makes of a text.
        """

    def held(self, *texts: str, exposed: bool = False) -> frozenset[str]:
        """The handles of those of the texts that are kept; also where nothing can be put.

        exposed: as plain files too.
        """

    def expose(self, *texts: str) -> str:
        """Keep the texts as plain files too; each is found at what is returned and its handle.

        They go when their originals go. Without texts nothing is written. Raises Unavailable.
        """

    def get(self, handle: str) -> str:
        """The text whose digest starts with `handle`.

        Raises NotFound when nothing, or more than one text, has that handle.
        """

    def size(self) -> tuple[int, int]:
        """(texts kept, bytes they take)."""

    def clear(self) -> None:
        """Forget everything."""
