"""A file's bytes with parts of ours, and without them."""

from __future__ import annotations

from collections.abc import Sequence

from aicontext.domain.errors import InvalidInput
from aicontext.domain.tools import Format, Held, Part, Value
from aicontext.services.integrations.editing import documents, fragments
from aicontext.services.integrations.editing.fragments import OURS, Setting
from aicontext.services.integrations.editing.plain import look, same
from aicontext.services.integrations.editing.tree import malformed, spelled

_BOM = "\ufeff"
Content = bytes | None
"""Of a file; None where there is none."""


def added(held: Held | None, now: Content, part: Part) -> tuple[Content, Content]:
    """(the file without any part of ours, the file with this one too), from what is there now.

    Raises Malformed, and InvalidInput where something of others is in the way.
    """
    if held is None:
        return now, _with(now, part)
    others = [one for one in held.parts if one.way != part.way]
    if now == held.content:
        if part in held.parts or len(others) == len(held.parts):
            return held.original, _with(now, part)
        return held.original, _with(_rebuilt(held.original, others), part)
    original, _ = without(held, now, held.parts)
    if len(others) < len(held.parts) and part not in held.parts:
        now, _ = without(held, now, [one for one in held.parts if one not in others])
    return original, _with(now, part)


def without(held: Held, now: Content, parts: Sequence[Part]) -> tuple[Content, tuple[str, ...]]:
    """(the file without the parts, what of them others changed since and was left to them).

    A file that only we have written comes back byte for byte, or goes.
    """
    kept = [one for one in held.parts if one not in parts]
    if now == held.content:
        return _rebuilt(held.original, kept), ()
    if now is None or any(one.owned for one in parts):
        return now, (held.path,) if now is not None else ()
    shared = [one.path for _, made in _made(held, kept) for one in made]
    text, left = _text(now), []
    for part, made in reversed(_made(held, parts)):
        own = [one for one in made if one.path not in shared]
        text, paths = fragments.taken(part.format, text, own)
        left += [spelled(path) for path in paths]
    if held.original is None and not kept and text.strip().strip("{}[] \t\r\n") == "":
        return None, tuple(left)
    return _encoded(now, text), tuple(left)


def missing(held: Held, now: Content, part: Part) -> tuple[str, ...]:
    """What of the part does not stand in the file."""
    if now is None:
        return (held.path,)
    if part.owned:
        return () if now == _whole(part) else (held.path,)
    data = documents.parse(part.format, _text(now))
    return tuple(
        spelled(path)
        for path, value in fragments.settings(_fragment(part))
        if not same(look(data, path), documents.read(part.format, value))
    )


def _rebuilt(original: Content, parts: Sequence[Part]) -> Content:
    for part in parts:
        original = _with(original, part, replace=True)
    return original


def _with(now: Content, part: Part, *, replace: bool = False) -> bytes:
    if part.owned:
        whole = _whole(part)
        if now not in (None, whole) and not replace:
            raise InvalidInput("It is there already, and is not ours.", hint="Move it away.")
        return whole
    text = _text(now or b"")
    return _encoded(now, fragments.merged(part.format, text, _fragment(part), replace=replace)[0])


def _whole(part: Part) -> bytes:
    if isinstance(part.fragment, str):
        return part.fragment.encode()
    return fragments.merged(part.format, "", _fragment(part))[0].encode()


def _fragment(part: Part) -> Value:
    """Text goes into a section of our name."""
    if part.format is Format.MARKDOWN and isinstance(part.fragment, str):
        return {OURS: part.fragment}
    return part.fragment


def _made(held: Held, parts: Sequence[Part]) -> list[tuple[Part, tuple[Setting, ...]]]:
    """The settings of the parts, as they came into the file that had none of ours."""
    text = _text(held.original or b"")
    found = []
    for part in held.parts:
        if part.owned:
            continue
        text, made = fragments.merged(part.format, text, _fragment(part), replace=True)
        if part in parts:
            found.append((part, made))
    return found


def _text(content: bytes) -> str:
    try:
        return content.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        raise malformed(before, len(before), "what follows is no UTF-8") from None


def _encoded(like: Content, text: str) -> bytes:
    """With the byte order mark that `like` has."""
    return (_BOM.encode() if (like or b"").startswith(_BOM.encode()) else b"") + text.encode()
