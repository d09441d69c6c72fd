"""A file's bytes with parts of ours, and without them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from aicontext.domain.errors import InvalidInput
from aicontext.domain.tools import Format, Held, Part, Value
from aicontext.services.integrations.editing import documents, fragments
from aicontext.services.integrations.editing.fragments import OURS, Setting
from aicontext.services.integrations.editing.plain import look, same, with_value
from aicontext.services.integrations.editing.tree import malformed, spelled

_BOM = "\ufeff"
_GATEWAY = re.compile(r"https?://[^\s/@?#{}$]+(?:/[^\s@?#{}$]*)?")

Content = bytes | None
"""Of a file; None where there is none."""


def base(held: Held | None, now: Content) -> Content:
    """The file as it would be without us. Raises Malformed."""
    if held is None:
        return now
    return held.original if now == held.content else without(held, now, held.parts)[0]


def passed_on(part: Part, original: Content, proxy: str) -> Part:
    """The part with calls going on to the addresses that stand in the file without us, where ours,
    which begin with `proxy`, take their place. Raises Malformed."""
    if part.owned or not original:
        return part
    data = documents.parse(part.format, _text(original))
    fragment: Any = part.fragment
    upstreams = []
    for path, value in fragments.settings(part.fragment):
        before = look(data, path)
        ours = isinstance(value, str) and value.startswith(proxy)
        if ours and isinstance(before, str) and _is_gateway(before, proxy):
            name = f"{part.tool}-{sha256(before.encode()).hexdigest()[:6]}"
            upstreams.append((name, before.rstrip("/")))
            fragment = with_value(fragment, path, f"{proxy}/to/{name}")
    return replace(part, fragment=fragment, upstreams=tuple(upstreams))


def _is_gateway(address: str, proxy: str) -> bool:
    """Whether it is an address of others, with no key in it."""
    origin = "/".join(proxy.split("/", 3)[:3])
    return _GATEWAY.fullmatch(address) is not None and not address.startswith(origin)


def added(held: Held | None, now: Content, part: Part) -> tuple[Content, Content]:
    """(the file without any part of ours, the file with this one too), from what is there now.

    Raises Malformed, and InvalidInput where something of others is in the way.
    """
    original = base(held, now)
    if held is None:
        return original, _with(now, part)
    others = [one for one in held.parts if one.way != part.way]
    if now == held.content:
        if part in held.parts or len(others) == len(held.parts):
            return original, _with(now, part)
        return original, _with(_rebuilt(original, others), part)
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
        original = _with(original, part, again=True)
    return original


def _with(now: Content, part: Part, *, again: bool = False) -> bytes:
    """again: it was put there before, so what stands in its place may be replaced."""
    if part.owned:
        whole = _whole(part)
        if now not in (None, whole) and not again:
            raise InvalidInput("It is there already, and is not ours.", hint="Move it away.")
        return whole
    text = _text(now or b"")
    before = {url for _, url in part.upstreams}

    def may_replace(value: object) -> bool:
        return again or (isinstance(value, str) and value.rstrip("/") in before)

    return _encoded(now, fragments.merged(part.format, text, _fragment(part), may_replace)[0])


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
        text, made = fragments.merged(part.format, text, _fragment(part), fragments.anything)
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
