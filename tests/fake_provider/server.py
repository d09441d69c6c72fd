"""The providers' HTTP servers in one: answers from a script, faults on demand, caches that bill.

Scripted answers come first, then what `Provider.model` says, "Done." unless it is set. A fault
comes from the request's `x-fake-fault` (see `Fault.parse`) or `Provider.faults`. The clock is real
unless `x-fake-now` or a POST of {"now": seconds} to /_fake/now sets it. `Provider.received` keeps
each request as it came; `Provider.left` counts clients that left in the midst of an answer, and
`gone` tells it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Condition
from types import ModuleType
from typing import Any

import zstandard
from aiohttp import WSMsgType, web

from aicontext.domain.usage import Billed
from fake_provider import anthropic, chat, gemini, ollama, responses
from fake_provider.billing import AnthropicCache, Cache, PrefixCache, Prompt, Rejected
from fake_provider.prompts import Renderer, parse
from fake_provider.script import Answer, Fault

Json = Any

SSE = "text/event-stream; charset=utf-8"
_MOST = 256 * 2**20
_STATUSES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came. body: the raw bytes, still compressed where they were."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    billed: Billed | None = None
    status: int = 200


@dataclass(slots=True)
class Provider:
    """count: tokens of a text. script: answers to come. model: answers a request where the script
    is at its end. faults: of the next requests."""

    count: Callable[[str], int] = lambda text: (len(text) + 3) // 4
    script: list[Answer] = field(default_factory=list)
    model: Callable[[Json], Answer] = lambda request: Answer("Done.")
    faults: list[Fault] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    models: tuple[str, ...] = ("claude-opus-4-6", "claude-haiku-4-5", "gpt-5.2-codex")
    now: float | None = None
    strict: bool = True
    left: int = 0
    gone: Condition = field(default_factory=Condition)
    _renderer: Renderer = field(init=False)
    _caches: dict[str, Cache] = field(init=False)
    _kept: dict[str, list[Json]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._renderer = Renderer(self.count)
        self._caches = {"anthropic": AnthropicCache()}
        self._caches |= {name: PrefixCache() for name in ("chat", "responses", "gemini", "ollama")}

    def count_by(self, count: Callable[[str], int]) -> None:
        """Counts tokens in another way from now on."""
        if count is not self.count:
            self.count, self._renderer = count, Renderer(count)

    def app(self) -> web.Application:
        """Serve it with `serve`, or with auto_decompress=False, so that raw bodies stay raw."""
        app = web.Application(client_max_size=_MOST)
        post, get = app.router.add_post, app.router.add_get
        post("/v1/messages", _handler(self._messages))
        post("/v1/messages/count_tokens", _handler(self._count_tokens))
        for prefix in ("/v1", ""):
            post(f"{prefix}/chat/completions", _handler(self._chat))
            post(f"{prefix}/responses", _handler(self._responses))
            get(f"{prefix}/responses", self._socket)
        for prefix in ("/v1", "/v1beta"):
            post(f"{prefix}/models/{{model}}:generateContent", _handler(self._gemini))
            post(f"{prefix}/models/{{model}}:streamGenerateContent", _handler(self._gemini))
            post(f"{prefix}/models/{{model}}:countTokens", _handler(self._count_gemini))
            get(f"{prefix}/models", self._models)
        post("/api/chat", _handler(self._ollama))
        post("/api/generate", _handler(self._ollama))
        post("/_fake/now", self._set_now)
        get("/_fake/log", self._log)
        app.router.add_head("/", self._alive)
        return app

    async def _messages(self, call: _Call) -> web.StreamResponse:
        return await self._reply(call, anthropic, self._renderer.anthropic)

    async def _chat(self, call: _Call) -> web.StreamResponse:
        return await self._reply(call, chat, self._renderer.chat)

    async def _responses(self, call: _Call) -> web.StreamResponse:
        before = call.earlier = self._earlier(call.request)
        prompt = self._renderer.responses(call.body, before)
        if self.strict:
            responses.check(call.request, call.headers, before)
        answer, billed, number = self._answer(call, "responses", prompt)
        self._keep(call.request, before, answer, number)
        return await _send(call, responses, answer, billed, number)

    async def _gemini(self, call: _Call) -> web.StreamResponse:
        model = call.http.match_info["model"]
        streamed = "streamGenerateContent" in call.http.path
        call.request |= {"model": model, "stream": streamed}
        return await self._reply(
            call,
            gemini,
            lambda body: self._renderer.gemini(body, model),
            call.http.query.get("alt") != "sse",
        )

    async def _ollama(self, call: _Call) -> web.StreamResponse:
        call.request.setdefault("stream", True)
        return await self._reply(call, ollama, self._renderer.chat)

    async def _count_tokens(self, call: _Call) -> web.StreamResponse:
        anthropic.check({"max_tokens": 1, **call.request}, call.headers)
        self._note(call, None)
        tokens = self._renderer.anthropic(call.body).tokens
        return web.json_response({"input_tokens": tokens}, headers=_headers(len(self.received)))

    async def _count_gemini(self, call: _Call) -> web.StreamResponse:
        self._note(call, None)
        tokens = self._renderer.gemini(call.body, call.http.match_info["model"]).tokens
        return web.json_response({"totalTokens": tokens})

    async def _reply(
        self,
        call: _Call,
        protocol: ModuleType,
        render: Callable[[bytes], Prompt],
        as_array: bool = False,
    ) -> web.StreamResponse:
        if self.strict:
            protocol.check(call.request, call.headers)
        name = protocol.__name__.rpartition(".")[2]
        answer, billed, number = self._answer(call, name, render(call.body))
        return await _send(call, protocol, answer, billed, number, as_array)

    def _answer(self, call: _Call, protocol: str, prompt: Prompt) -> tuple[Answer, Billed, int]:
        answer = self.script.pop(0) if self.script else self.model(call.whole)
        now = float(call.headers.get("x-fake-now") or self.now or time.time())
        output = self.count(answer.written)
        billed = self._caches[protocol].bill(prompt, now, output).billed
        self._note(call, billed)
        return answer, billed, len(self.received)

    def _note(self, call: _Call, billed: Billed | None, status: int = 200) -> None:
        http = call.http
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in http.raw_headers)
        self.received.append(Received(http.method, http.path_qs, headers, call.raw, billed, status))

    def _earlier(self, request: Json) -> list[Json]:
        """Items that the server keeps of the responses before."""
        if (name := request.get("previous_response_id")) is None:
            return []
        if name not in self._kept:
            chat.refuse(
                f"Previous response with id '{name}' not found.",
                "previous_response_id",
                "previous_response_not_found",
            )
        return self._kept[name]

    def _keep(self, request: Json, before: Sequence[Json], answer: Answer, number: int) -> None:
        every = [*before, *responses.items(request), *responses.output(answer, number)]
        self._kept[f"resp_fake{number:06}"] = every

    async def _socket(self, http: web.Request) -> web.WebSocketResponse:
        """Responses over a WebSocket: {"type": "response.create", ...} in, events out."""
        socket = web.WebSocketResponse(max_msg_size=_MOST)
        await socket.prepare(http)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            await self._socket_message(socket, http, message.data.encode())
        return socket

    async def _socket_message(
        self, socket: web.WebSocketResponse, http: web.Request, raw: bytes
    ) -> None:
        call = _Call(http, dict(http.headers), raw, raw, {})
        try:
            given = parse(raw)
            call.request = given.get("response") or given
            before = call.earlier = self._earlier(call.request)
            if self.strict:
                responses.check(call.request, call.headers, before)
            prompt = self._renderer.responses(json.dumps(call.request).encode(), before)
            answer, billed, number = self._answer(call, "responses", prompt)
        except Rejected as rejected:
            self._note(call, None, rejected.status)
            error = responses_error(rejected)
            await socket.send_str(json.dumps({**error, "status": rejected.status}))
            return
        self._keep(call.request, before, answer, number)
        for event in responses.events(answer, call.request, billed, number):
            await socket.send_str(json.dumps(event))

    async def _models(self, http: web.Request) -> web.Response:
        if "x-goog-api-key" in http.headers:
            return web.json_response({"models": [{"name": f"models/{m}"} for m in self.models]})
        rows = [
            {"type": "model", "object": "model", "id": m, "display_name": m} for m in self.models
        ]
        return web.json_response({"object": "list", "data": rows, "has_more": False})

    async def _set_now(self, http: web.Request) -> web.Response:
        self.now = (await http.json())["now"]
        return web.json_response({})

    async def _log(self, http: web.Request) -> web.Response:
        """What each request was billed, from the number `since` on."""
        since = int(http.query.get("since", 0))
        fields = ("input", "cache_read", "cache_write", "cache_write_1h", "output")
        return web.json_response(
            [
                {name: getattr(one.billed, name) for name in fields} if one.billed else None
                for one in self.received[since:]
            ]
        )

    async def _alive(self, http: web.Request) -> web.Response:
        return web.Response()

    def fault(self, headers: Mapping[str, str]) -> Fault | None:
        """What goes wrong with the next answer."""
        if named := headers.get("x-fake-fault"):
            return Fault.parse(named)
        return self.faults.pop(0) if self.faults else None

    def refused(self, call: _Call, rejected: Rejected) -> web.Response:
        """The protocol's own error."""
        self._note(call, None, rejected.status)
        number = len(self.received)
        body = _protocol(call.http.path).error(rejected, number)
        headers = _headers(number)
        if rejected.retry_after is not None:
            headers["retry-after"] = str(rejected.retry_after)
        return web.json_response(body, status=rejected.status, headers=headers)


@dataclass(slots=True)
class _Call:
    http: web.Request
    headers: Mapping[str, str]
    raw: bytes
    body: bytes
    request: dict[str, Json]
    fault: Fault | None = None
    earlier: Sequence[Json] = ()

    @property
    def whole(self) -> Json:
        """The request with the items that the server keeps of the responses before."""
        if not self.earlier:
            return self.request
        return self.request | {"input": [*self.earlier, *responses.items(self.request)]}


def responses_error(rejected: Rejected) -> dict[str, Json]:
    """An error as it comes over the WebSocket."""
    return {"type": "error", **chat.error(rejected, 0)}


def _handler(
    answer: Callable[[_Call], Any],
) -> Callable[[web.Request], Any]:
    """Reads and checks what every protocol shares, and answers refusals in its shape."""
    provider: Provider = answer.__self__  # type: ignore[attr-defined]

    async def handle(http: web.Request) -> web.StreamResponse:
        raw = await http.read()
        call = _Call(http, http.headers, raw, raw, {})
        try:
            call.fault = provider.fault(http.headers)
            _authenticate(http)
            if call.fault and call.fault.kind == "status":
                raise _failure(call.fault)
            call.body = decoded(raw, http.headers.get("content-encoding", ""))
            parse(call.body)
            call.request = json.loads(call.body)
            return await answer(call)
        except Rejected as rejected:
            return provider.refused(call, rejected)
        except (asyncio.CancelledError, ConnectionError):
            with provider.gone:
                provider.left += 1
                provider.gone.notify_all()
            raise

    return handle


def _authenticate(http: web.Request) -> None:
    keys = ("x-api-key", "authorization", "x-goog-api-key")
    local = http.path.startswith("/api/")
    if not local and "key" not in http.query and not any(http.headers.get(k) for k in keys):
        raise Rejected(401, "authentication_error", "x-api-key header is required")


def _failure(fault: Fault) -> Rejected:
    kind = _STATUSES.get(fault.status, "api_error")
    failure = Rejected(
        fault.status, kind, kind.removesuffix("_error").replace("_", " ").capitalize()
    )
    failure.retry_after = fault.retry_after
    return failure


def decoded(raw: bytes, encoding: str) -> bytes:
    """A body without its content encoding. Raises Rejected for one that is not known."""
    match encoding:
        case "" | "identity":
            return raw
        case "gzip":
            return gzip.decompress(raw)
        case "deflate":
            return zlib.decompress(raw)
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    raise Rejected(415, "invalid_request_error", f"Unsupported content encoding {encoding}")


async def _send(
    call: _Call,
    protocol: ModuleType,
    answer: Answer,
    billed: Billed,
    number: int,
    as_array: bool = False,
) -> web.StreamResponse:
    given = answer, call.request, billed, number
    if not call.request.get("stream"):
        return await _written(call, [protocol.whole(*given)], "application/json", number)
    kind = "application/x-ndjson" if protocol is ollama else SSE
    if as_array:
        return await _written(call, gemini.array(*given), "application/json", number)
    return await _written(call, protocol.stream(*given), kind, number)


async def _written(
    call: _Call, chunks: Sequence[bytes], kind: str, number: int
) -> web.StreamResponse:
    """Writes the chunks one by one, up to where the fault comes."""
    response = web.StreamResponse(headers={**_headers(number), "content-type": kind})
    left = call.fault.at if call.fault else sum(map(len, chunks))
    if len(chunks) == 1:
        size = min(left, len(chunks[0])) if _ends_early(call.fault) else len(chunks[0])
        response.content_length = size
    await response.prepare(call.http)
    for chunk in chunks:
        if left <= 0:
            break
        await response.write(chunk[:left])
        left -= len(chunk)
    if call.fault and call.fault.kind == "reset" and call.http.transport:
        call.http.transport.abort()
    elif call.fault and call.fault.kind == "stall":
        await asyncio.Event().wait()
    else:
        await response.write_eof()
    return response


def _ends_early(fault: Fault | None) -> bool:
    return fault is not None and fault.kind == "truncate"


def _headers(number: int) -> dict[str, str]:
    name = f"req_fake{number:06}"
    limits = {
        "anthropic-ratelimit-requests-remaining": "49",
        "x-ratelimit-remaining-requests": "49",
    }
    return {"request-id": name, "x-request-id": name, **limits}


def _protocol(path: str) -> ModuleType:
    if path.startswith("/v1/messages"):
        return anthropic
    if "/models/" in path:
        return gemini
    return ollama if path.startswith("/api/") else chat


async def serve(provider: Provider, port: int = 0) -> tuple[web.AppRunner, int]:
    """Starts it on this machine; returns what to `cleanup()` and the port."""
    runner = web.AppRunner(
        provider.app(), auto_decompress=False, shutdown_timeout=1.0, handler_cancellation=True
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    return runner, runner.addresses[0][1]
