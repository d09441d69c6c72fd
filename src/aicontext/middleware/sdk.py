"""The official SDKs of OpenAI and Anthropic, and whatever else takes a client of httpx.

A transport between the SDK's own client of HTTP and the network: so every method that calls a model
is covered, plain or streamed, and what the SDK makes of requests and answers stays its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

from aicontext.domain.errors import InvalidInput
from aicontext.middleware.requests import Call, begun, safely

Sdk = TypeVar("Sdk")


def openai(client: Sdk) -> Sdk:
    """The client, plain or async, with its requests made smaller. Closing it closes the one given.

    Raises InvalidInput where it is no client of the SDK.
    """
    return _wrapped(client)


def anthropic(client: Sdk) -> Sdk:
    """As `openai`."""
    return _wrapped(client)


def http_client(inner: Any) -> Any:
    """The same for a client of httpx, plain or async, for libraries that take one."""
    found = _library(inner)
    if found is None:
        raise InvalidInput(f"{type(inner).__name__} is no client of httpx.")
    module, waits = found
    transport = _AsyncTransport(inner, module) if waits else _Transport(inner, module)
    # Web proxies and the like are the inner one's, to which all goes on.
    made = module.AsyncClient if waits else module.Client
    return made(transport=transport, timeout=inner.timeout, trust_env=False)


def _wrapped(client: Sdk) -> Sdk:
    inner, copied = getattr(client, "_client", None), getattr(client, "with_options", None)
    if copied is None or _library(inner) is None:
        raise InvalidInput(
            f"{type(client).__name__} is no client of the SDK of OpenAI or Anthropic.",
            hint="Pass openai.OpenAI(), anthropic.Anthropic() or their async forms.",
        )
    made: Sdk = copied(http_client=http_client(inner))
    return made


def _library(inner: Any) -> tuple[ModuleType, bool] | None:
    """(httpx in the edition that this is a client of, whether it is an async one)."""
    for kind in type(inner).__mro__:
        name = kind.__module__.partition(".")[0]
        if kind.__name__ in ("Client", "AsyncClient") and name.startswith("httpx"):
            return import_module(name), kind.__name__ == "AsyncClient"
    return None


class _Transport:
    def __init__(self, inner: Any, module: ModuleType) -> None:
        self._inner, self._streams = inner, _streams(module)

    def handle_request(self, request: Any) -> Any:
        call = _begun(request, request.read()) if _looked_at(request) else None
        try:
            answer = self._inner.send(_as_planned(request, call), stream=True)
        except BaseException:
            _end(call)
            raise
        return _answer(answer, call, self._streams[0])

    def __enter__(self) -> _Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._inner.close()


class _AsyncTransport:
    def __init__(self, inner: Any, module: ModuleType) -> None:
        self._inner, self._streams = inner, _streams(module)

    async def handle_async_request(self, request: Any) -> Any:
        call = None
        if _looked_at(request):
            body = await request.aread()
            to_thread = import_module("anyio.to_thread")
            call = await to_thread.run_sync(_begun, request, body)
        try:
            answer = await self._inner.send(_as_planned(request, call), stream=True)
        except BaseException:
            _end(call)
            raise
        return _answer(answer, call, self._streams[1])

    async def __aenter__(self) -> _AsyncTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._inner.aclose()


def _looked_at(request: Any) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind == "application/json" and "content-encoding" not in request.headers


def _begun(request: Any, body: bytes) -> Call | None:
    return begun(request.method, request.url.host, request.url.path, body)


def _as_planned(request: Any, call: Call | None) -> Any:
    if call is None or not call.changed:
        return request
    headers = [
        (name, value) for name, value in request.headers.raw if name.lower() != b"content-length"
    ]
    return type(request)(
        request.method,
        request.url,
        headers=headers,
        content=call.body,
        extensions=request.extensions,
    )


def _answer(answer: Any, call: Call | None, stream: Any) -> Any:
    if call is not None:
        told = answer.headers.get("content-type", ""), answer.headers.get("content-encoding", "")
        safely(lambda: call.answered(answer.status_code, *told), None)
    return type(answer)(
        answer.status_code,
        headers=answer.headers,
        stream=stream(answer, call),
        extensions=answer.extensions,
    )


@cache
def _streams(module: ModuleType) -> tuple[Any, Any]:
    """The body of an answer as it comes, read on the way: for plain clients and for async ones."""

    class Stream(module.SyncByteStream):  # type: ignore[name-defined]
        def __init__(self, answer: Any, call: Call | None) -> None:
            self._answer, self._call = answer, call

        def __iter__(self) -> Iterator[bytes]:
            for piece in self._answer.stream:
                _feed(self._call, piece)
                yield piece
            _end(self._call)

        def close(self) -> None:
            self._answer.close()
            _end(self._call)

    class AsyncStream(module.AsyncByteStream):  # type: ignore[name-defined]
        def __init__(self, answer: Any, call: Call | None) -> None:
            self._answer, self._call = answer, call

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in self._answer.stream:
                _feed(self._call, piece)
                yield piece
            _end(self._call)

        async def aclose(self) -> None:
            await self._answer.aclose()
            _end(self._call)

    return Stream, AsyncStream


def _feed(call: Call | None, piece: bytes) -> None:
    if call is not None:
        safely(lambda: call.feed(piece), None)


def _end(call: Call | None) -> None:
    if call is not None:
        safely(call.ended, None)
