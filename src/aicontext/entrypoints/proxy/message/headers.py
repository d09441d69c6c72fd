"""Headers on their way through: order, case and repeats stay."""

from __future__ import annotations

from collections.abc import Sequence

from multidict import CIMultiDict

TOKEN = "x-aicontext-token"
"""What shows that the client may use this proxy; it goes no further."""

Raw = Sequence[tuple[bytes, bytes]]

_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"trailer"}
    | {b"proxy-authorization", b"te", b"transfer-encoding", b"upgrade"}
)
"""They speak of one connection only (RFC 9110, 7.6.1)."""

_ASKED = _HOP | {b"host", b"content-length", b"expect", TOKEN.encode()}
_SOCKET = frozenset(
    {b"sec-websocket-key", b"sec-websocket-version", b"sec-websocket-extensions"}
    | {b"sec-websocket-protocol", b"sec-websocket-accept"}
)
_READABLE = frozenset({"gzip", "x-gzip", "deflate", "identity"})
"""Codings of an answer that can be read on the side within bounds."""


def asked(raw: Raw, *, signed: bool = False, plain: bool = False) -> CIMultiDict[str]:
    """A request's headers for the upstream, without those on its length.

    signed: the values are signed, so that none may change. plain: the body is not encoded any more.
    """
    left_out = _ASKED | {b"content-encoding"} if plain else _ASKED
    return _kept(raw, left_out, narrow=not signed)


def answered(raw: Raw) -> CIMultiDict[str]:
    """An answer's headers for the client."""
    return _kept(raw, _HOP)


def upgraded(raw: Raw) -> CIMultiDict[str]:
    """The headers of a request for a WebSocket, without those of the handshake itself."""
    return _kept(raw, _ASKED | _SOCKET)


def opened(raw: Raw) -> CIMultiDict[str]:
    """The headers of an answer that opens a WebSocket, without those of the handshake itself."""
    return _kept(raw, _HOP | _SOCKET)


def _kept(raw: Raw, left_out: frozenset[bytes], narrow: bool = False) -> CIMultiDict[str]:
    """Those not left out here or by the sender's own Connection header.

    A name that comes again is spelled as it was first: aiohttp keeps only one spelling.
    """
    out: CIMultiDict[str] = CIMultiDict()
    spelled: dict[bytes, str] = {}
    for name, value in raw:
        if name.lower() == b"connection":
            left_out |= {token.strip().lower() for token in value.split(b",")}
    for name, value in raw:
        lower = name.lower()
        if lower in left_out:
            continue
        if narrow and lower == b"accept-encoding":
            value = _narrowed(value)
        spelling = spelled.setdefault(lower, _text(name))
        out.add(spelling, _text(value))
    return out


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _narrowed(value: bytes) -> bytes:
    """The codings of an Accept-Encoding that we can read; the value itself where we can read all.

    A coding that is not named is not forbidden either, so `identity` stands where none is left.
    """
    names = [
        (part, part.partition(b";")[0].strip().lower().decode("latin-1"))
        for part in value.split(b",")
    ]
    kept = [part for part, name in names if name in _READABLE]
    if len(kept) == len(names):
        return value
    return b",".join(kept).strip() or b"identity"
