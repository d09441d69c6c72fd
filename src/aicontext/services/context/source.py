"""What the caller gave: a text, a folder's files, or a conversation."""

from __future__ import annotations

from dataclasses import dataclass

from aicontext.domain.context import Ask, Source
from aicontext.domain.errors import InvalidInput
from aicontext.engine.compress.forms.conversation import Conversation
from aicontext.engine.compress.forms.read import read

ENCODING, ERRORS = "utf-8", "surrogateescape"
"""Bytes that are not UTF-8 become lone surrogates and come back as the same bytes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One text and why it is in the context."""

    text: str
    ask: Ask
    name: str


def conversation(source: Source) -> Conversation | None:
    """The conversation that the bytes hold, None where they are something else."""
    if source.payload.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return read(source.payload)
    except InvalidInput:
        return None


def pieces(sources: tuple[Source, ...], query: str) -> tuple[Piece, ...]:
    """One piece for each source that is no conversation."""
    return tuple(
        Piece(text(source.payload), Ask(query=query, path=source.path), source.path or "input")
        for source in sources
    )


def text(payload: bytes) -> str:
    return payload.decode(ENCODING, ERRORS)
