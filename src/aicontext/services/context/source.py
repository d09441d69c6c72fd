"""What the caller gave: texts, or a conversation."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aicontext.domain.context import Source
from aicontext.domain.errors import InvalidInput
from aicontext.domain.messages import Role
from aicontext.domain.optimization import Content
from aicontext.engine.compress.forms.conversation import Conversation
from aicontext.engine.compress.forms.read import read
from aicontext.engine.compress.forms.spans import scan
from aicontext.engine.condense.marks import OPENING, Marks

ENCODING, ERRORS = "utf-8", "surrogateescape"
"""Bytes that are not UTF-8 become lone surrogates and come back as the same bytes."""

_SPOKEN = b'"role"'
_HEAD = 4096
"""White space looked through for the first bracket, in bytes."""


def conversation(sources: Sequence[Source]) -> tuple[Conversation | None, tuple[str, ...]]:
    """The conversation that a single source holds, None where it is something else.

    And a warning where it would be one if its JSON were not broken.
    """
    if len(sources) != 1 or sources[0].plain:
        return None, ()
    payload = sources[0].payload
    if payload[:_HEAD].lstrip()[:1] not in (b"{", b"["):
        return None, ()
    try:
        found = read(payload)
    except InvalidInput:
        return None, _broken(payload)
    # Rows under a key such as `events` are data: nobody speaks in them.
    spoken = any(message.role is not Role.OPAQUE for message in found.messages)
    return (found if spoken or _SPOKEN in payload else None), ()


def _broken(payload: bytes) -> tuple[str, ...]:
    """A word on where the JSON of what looks like a conversation breaks."""
    if _SPOKEN not in payload:
        return ()
    try:
        scan(payload)
    except InvalidInput as error:
        return (f"{error.message} This looks like a conversation, but is read as plain text.",)
    return ()


def decoded(payload: bytes) -> str:
    """The bytes as text."""
    return payload.decode(ENCODING, ERRORS)


def join(texts: Sequence[tuple[str, str]], left_out: int = 0) -> str:
    """One text of (path, text) pairs, each under its path; a single one as it is.

    left_out: how many more there are, said at the end.
    """
    if len(texts) == 1 and not left_out:
        return texts[0][1]
    parts = [f"=== {path} ===\n{text}" for path, text in texts]
    if left_out:
        parts.append(Marks(OPENING).gap(left_out, "files"))
    return "\n".join(parts)


def written(value: Content) -> Source:
    """A text, or messages or a request as Python values, as a source. Raises InvalidInput."""
    if isinstance(value, str):
        return _text(value)
    try:
        # Half a surrogate pair becomes its escape, which JSON reads back as it was.
        return Source(json.dumps(value, ensure_ascii=False).encode(ENCODING, "backslashreplace"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"The context cannot be written as JSON: {error}.",
            hint="Pass text, bytes, a path, or messages of plain values.",
        ) from None


def value_of(text: str) -> Content:
    """The list or object that a text is; the text where it is neither."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, list | dict) else text


def _text(text: str) -> Source:
    try:
        return Source(text.encode(ENCODING, ERRORS))
    except UnicodeEncodeError as error:
        raise InvalidInput(
            f"The text holds half of a surrogate pair at character {error.start:,}.",
            hint='Replace such characters: text.encode("utf-8", "replace").decode().',
        ) from None
