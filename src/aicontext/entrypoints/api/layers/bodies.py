"""Bodies in bounds: read whole, decoded, and answers encoded as the client likes."""

from __future__ import annotations

import gzip
import re
import zlib
from asyncio import get_running_loop, timeout
from collections.abc import Iterable

import zstandard
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aicontext.domain.errors import InputTooLarge, InvalidInput
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.problems import problem

LARGE, MESSAGE, SMALL = 32 * 2**20, 2**20, 2**18
"""Bytes of a body at most, as it came and decoded: of a context, of a tool's message, and of
anything else."""

PATIENCE, SLOWEST = 20.0, 2**16
"""Seconds in which a body must be there, and one more for so many bytes of it."""

DEEPEST = 32
"""Lists and objects inside of each other in a small body."""

_CONTEXTS, _MESSAGES = "/api/v1/context/", "/api/v1/integrations/callbacks/"
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_WORTH = 1024
"""Bytes of an answer from which on encoding pays."""


class Bodies:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = _limit(scope)
        encoding = _header(scope, b"content-encoding").lower()
        if encoding not in (b"", b"identity", b"gzip", b"zstd"):
            refused = problem(
                415,
                "unsupported_encoding",
                "The body's encoding is not known here.",
                hint="Send it plain, or as gzip or zstd.",
                headers={"accept-encoding": "gzip, zstd"},
            )
            await refused(scope, receive, send)
            return
        try:
            with Call.of(scope).stage("read"):
                body = decoded(await _read(receive, scope, limit), encoding, limit)
                if limit < LARGE:
                    check_depth(body)
        except TimeoutError:
            refused = problem(
                408,
                "body_too_slow",
                "The body did not come in time.",
                hint=f"Send at least {SLOWEST >> 10} KiB a second.",
                headers={"connection": "close"},
            )
            await refused(scope, receive, send)
            return
        scope["headers"] = [*_without(scope["headers"], len(body))]
        await self._app(scope, _given(body, receive), _encoding(scope, send))


def decoded(body: bytes, encoding: bytes, limit: int) -> bytes:
    """Raises InputTooLarge, and InvalidInput where it is not what it is said to be."""
    if encoding in (b"", b"identity") or not body:
        return body
    try:
        if encoding == b"gzip":
            inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
            found = inflater.decompress(body, limit + 1)
            whole = inflater.eof and not inflater.unused_data
        else:
            unpacker = zstandard.ZstdDecompressor(max_window_size=2**23).decompressobj(
                read_across_frames=False
            )
            found, whole = _bounded(unpacker, body, limit)
    except (zlib.error, zstandard.ZstdError):
        found, whole = b"", False
    if len(found) > limit:
        raise InputTooLarge(f"The body is larger than {limit >> 10:,} KiB once it is decoded.")
    if not whole:
        raise InvalidInput(f"The body is no sound {encoding.decode()}.")
    return found


def _bounded(
    unpacker: zstandard.ZstdDecompressionObj, body: bytes, limit: int
) -> tuple[bytes, bool]:
    """(what it decodes to, up to a little over the limit; whether it is whole)."""
    found, size = [], 0
    for start in range(0, len(body), 2**10):
        found.append(unpacker.decompress(body[start : start + 2**10]))
        size += len(found[-1])
        if size > limit:
            break
        if unpacker.eof:
            break
    return b"".join(found), unpacker.eof and not unpacker.unused_data


def check_depth(body: bytes) -> None:
    """Raises InvalidInput for what is nested too deeply; that it is JSON is not looked at."""
    depth = 0
    for sign in _STRINGS.sub(b"", body):
        if sign in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise InvalidInput(f"The body is nested more than {DEEPEST} levels deep.")
        elif sign in b"]}":
            depth -= 1


def _limit(scope: Scope) -> int:
    """Raises Unauthenticated: of a stranger nothing large is read."""
    if scope["path"].startswith(_CONTEXTS):
        return LARGE if Call.of(scope).known else SMALL
    return MESSAGE if scope["path"].startswith(_MESSAGES) else SMALL


def _header(scope: Scope, wanted: bytes) -> bytes:
    """All values of a header, joined."""
    return b", ".join(value.strip() for name, value in scope["headers"] if name == wanted)


async def _read(receive: Receive, scope: Scope, limit: int) -> bytes:
    said = _header(scope, b"content-length")
    if said.isdigit() and int(said[:20]) > limit:
        raise _too_large(limit)
    parts, size, more = [], 0, True
    loop = get_running_loop()
    began = loop.time()
    async with timeout(PATIENCE) as patience:
        while more:
            message = await receive()
            if message["type"] != "http.request":
                break
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
            if size > limit:
                raise _too_large(limit)
            patience.reschedule(began + PATIENCE + size / SLOWEST)
    return b"".join(parts)


def _too_large(limit: int) -> InputTooLarge:
    return InputTooLarge(f"The body is larger than {limit >> 10:,} KiB.")


def _without(headers: Iterable[tuple[bytes, bytes]], size: int) -> Iterable[tuple[bytes, bytes]]:
    """The headers of the decoded body."""
    for name, value in headers:
        if name == b"content-length":
            yield name, b"%d" % size
        elif name not in (b"content-encoding", b"transfer-encoding"):
            yield name, value


def _given(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def given() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return given


def _encoding(scope: Scope, send: Send) -> Send:
    """Encodes answers that come in one piece."""
    accepted = _header(scope, b"accept-encoding")
    held: list[Message] = []

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            if _streams(message):
                await send(message)
            else:
                held.append(message)
            return
        if held:
            start, body = held.pop(), message.get("body", b"")
            if not message.get("more_body") and len(body) >= _WORTH:
                start, body = _encoded(start, body, accepted)
                message = {**message, "body": body}
            await send(start)
        await send(message)

    return sending


def _streams(start: Message) -> bool:
    """Whether the client is to see that it begins before there is anything to see."""
    return any(
        name == b"content-type" and value.startswith(b"text/event-stream")
        for name, value in start["headers"]
    )


def _encoded(start: Message, body: bytes, accepted: bytes) -> tuple[Message, bytes]:
    headers = [*start["headers"], (b"vary", b"accept-encoding")]
    if any(name == b"content-encoding" for name, _ in headers):
        return start, body
    if _accepts(accepted, b"zstd"):
        name, body = b"zstd", zstandard.ZstdCompressor(level=1).compress(body)
    elif _accepts(accepted, b"gzip"):
        name, body = b"gzip", gzip.compress(body, 1, mtime=0)
    else:
        return {**start, "headers": headers}, body
    kept = [one for one in headers if one[0] != b"content-length"]
    own = [(b"content-encoding", name), (b"content-length", b"%d" % len(body))]
    return {**start, "headers": [*kept, *own]}, body


def _accepts(accepted: bytes, coding: bytes) -> bool:
    for one in accepted.lower().split(b","):
        name, _, rest = one.partition(b";")
        if name.strip() == coding:
            return rest.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False
