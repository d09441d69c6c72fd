"""Contexts: optimize, analyze, predict, compress, count."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import msgspec

from aicontext.domain.context import Ask, Source
from aicontext.domain.errors import AiContextError, InvalidInput
from aicontext.domain.optimization import Analysis, Optimization
from aicontext.domain.tenancy.access import Credential
from aicontext.domain.tenancy.budgets import Amounts, Payer
from aicontext.domain.tenancy.owner import Owner
from aicontext.domain.usage import Forecast, TokenCount
from aicontext.entrypoints.api import problems
from aicontext.entrypoints.api.access import Guarded
from aicontext.entrypoints.api.hot import Asked, Hot, taken
from aicontext.entrypoints.api.parts import Parts
from aicontext.entrypoints.api.rest.context import bodies
from aicontext.entrypoints.api.rest.operations import begin, location, shown
from aicontext.entrypoints.api.rest.threads import Threads
from aicontext.kit.caching import Cached, Space
from aicontext.kit.jobs import Job
from aicontext.services.enterprise.budgets.costs import summary, unread

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Worked = tuple[bytes, int]
"""(the answer, tokens that were read for it)"""

HOUR = 3600.0
_NOTHING = Amounts()
READ, WRITE = (
    Guarded("context:read", "context", own=True),
    Guarded("context:write", "context", own=True),
)
_BASE = "/api/v1/context"


class Contexts:
    """The verbs of Context Optimization, in threads beside the event loop."""

    def __init__(self, state: Any) -> None:
        """state: the app's."""
        parts: Parts = state.parts
        threads: Threads = state.threads
        self._state, self._parts, self._threads = state, parts, threads
        self._optimized: Cached[bytes] = Cached(
            parts.cache, Space("opt", HOUR, fixed=True), bytes, bytes, now=parts.clock.now
        )

    def hot(self) -> Sequence[Hot]:
        return (
            Hot(
                f"{_BASE}/optimize",
                WRITE,
                bodies.OptimizeRequest,
                bodies.OptimizationResult,
                self.optimize_context,
            ),
            Hot(
                f"{_BASE}/analyze",
                READ,
                bodies.AnalyzeRequest,
                bodies.AnalysisResult,
                self.analyze_context,
            ),
            Hot(
                f"{_BASE}/predict",
                READ,
                bodies.PredictRequest,
                bodies.ForecastResult,
                self.predict_tokens,
            ),
            Hot(
                f"{_BASE}/compress",
                WRITE,
                bodies.CompressRequest,
                bodies.OptimizationResult,
                self.compress_context,
            ),
            Hot(
                f"{_BASE}/batches",
                WRITE,
                bodies.BatchRequest,
                bodies.BatchBegun,
                self.optimize_batch,
                status=202,
            ),
            Hot(f"{_BASE}/count", READ, bodies.CountRequest, bodies.CountResult, self.count_tokens),
            Hot(
                f"{_BASE}/similar",
                WRITE,
                bodies.SimilarRequest,
                bodies.SimilarResult,
                self.find_similar,
            ),
        )

    async def optimize_context(self, asked: Asked) -> bytes:
        """Make a context smaller without losing what is needed, and say how.

        The same body gets the same answer for an hour.
        """
        digest = hashlib.sha256(asked.body).hexdigest()

        async def optimized() -> bytes:
            return await self._held(asked, lambda: self.optimized(asked))

        return await self._optimized.get(f"{asked.principal.user}:{digest}", optimized)

    async def analyze_context(self, asked: Asked) -> bytes:
        """A context's blocks, their kinds and tokens, and how small each could safely be."""

        def analyzed() -> Worked:
            body: bodies.AnalyzeRequest = taken(asked.body, bodies.AnalyzeRequest)
            found: Analysis = self._service(asked).analyze(
                (source(body.context, body.path),), body.model, query=body.query
            )
            return _written(found), found.tokens

        return await self._held(asked, analyzed)

    async def predict_tokens(self, asked: Asked) -> bytes:
        """Tokens, cost with cache reads and writes, and turns to come, each with an interval."""

        def predicted() -> Worked:
            body: bodies.PredictRequest = taken(asked.body, bodies.PredictRequest)
            found: Forecast = self._service(asked).predict(
                (source(body.context, body.path),), body.model, query=body.query
            )
            return _written(found), round(found.input_tokens.high)

        return await self._held(asked, predicted)

    async def compress_context(self, asked: Asked) -> bytes:
        """One text of at most `budget` tokens; a conversation is compacted."""
        body: bodies.CompressRequest = taken(asked.body, bodies.CompressRequest)

        def compressed() -> Worked:
            given = source(body.context, body.path)
            found = self._service(asked).compress(
                (given,),
                body.budget,
                body.model,
                ask=Ask(query=body.query, tool=body.tool, command=body.command),
                keep=body.archive,
                summary=body.summary,
                redact=body.redact,
            )
            return _result(found, plain=True), found.original_tokens

        if not body.summary or (writer := self._parts.writer) is None:
            return await self._held(asked, compressed)
        written, priced = summary(writer, body.budget, self._parts.clock.now())
        return await self._held(asked, compressed, written, priced=priced)

    async def optimize_batch(self, asked: Asked) -> bytes:
        """Many contexts in one request: an operation, whose events hold each result as soon as it
        is there, and whose result lists all of them."""
        body: bodies.BatchRequest = taken(asked.body, bodies.BatchRequest)
        for item in body.items:
            one = taken(bytes(item), bodies.OptimizeRequest)
            source(one.context, one.path)

        async def work(job: Job) -> bytes:
            told = []
            for index, item in enumerate(body.items):
                job.check()
                one = Asked(asked.principal, bytes(item), asked.call)
                told.append(await self._item(index, one))
                job.tell("item", told[-1])
                job.advance(index + 1, len(body.items))
            return b"[" + b",".join(told) + b"]"

        job = await begin(self._state, asked.principal, "batch", work)
        asked.call.headers["location"] = location(job)
        return shown(job, whole=False).model_dump_json().encode()

    async def count_tokens(self, asked: Asked) -> bytes:
        """Tokens of a text: exact where the model's vocabulary is public, else an interval."""

        def counted() -> Worked:
            body: bodies.CountRequest = taken(asked.body, bodies.CountRequest)
            found: TokenCount = self._service(asked).estimate(body.text, body.model)
            return _written(found), found.tokens

        return await self._held(asked, counted)

    async def find_similar(self, asked: Asked) -> bytes:
        """Contexts that the caller kept and that say about the same."""
        body: bodies.SimilarRequest = taken(asked.body, bodies.SimilarRequest)
        given = (source(body.context, body.path),)
        owner = Owner(organisation=asked.principal.organisation, user=asked.principal.user)
        with asked.call.stage("work"):
            service = await self._parts.similar(asked.principal)
            found = await service.similar(given, owner, body.limit)
            kept = await service.keep(given, owner) if body.keep else None
        return msgspec.json.encode({"items": [one.as_dict() for one in found], "kept": kept})

    def optimized(self, asked: Asked) -> Worked:
        """The answer to an OptimizeRequest. Raises InvalidInput, BudgetTooSmall."""
        body: bodies.OptimizeRequest = taken(asked.body, bodies.OptimizeRequest)
        given = source(body.context, body.path)
        found = self._service(asked).optimize(
            (given,), body.model, query=body.query, budget=body.budget, redact=body.redact
        )
        return _result(found, plain=given.plain), found.original_tokens

    async def _held(
        self,
        asked: Asked,
        work: Callable[[], Worked],
        written: Amounts = _NOTHING,
        *,
        priced: bool = True,
    ) -> bytes:
        """What the work gives, in a thread, held to the budgets of who asks: the most that a body
        of that size can take is held before it, and what was read is booked after it. written: what
        a model may take beside that, which is booked as it is held; priced: its price is known.
        This machine's own user pays for nothing here. Raises OverBudget, Unavailable."""
        if asked.principal.credential is Credential.LOCAL:
            return (await self._threads.do(asked.call, work))[0]
        spending, call = self._parts.spending, self._parts.new_id(self._parts.clock.now())
        with asked.call.stage("budget"):
            most = unread(asked.body) + written
            await spending.reserve(Payer.of(asked.principal), call, most, priced=priced)
        tokens = 0
        try:
            answer, tokens = await self._threads.do(asked.call, work)
            return answer
        finally:
            spending.settle(call, Amounts(tokens) + written)

    async def _item(self, index: int, asked: Asked) -> bytes:
        try:
            return b'{"index":%d,"result":%s}' % (index, await self.optimize_context(asked))
        except AiContextError as error:
            return b'{"index":%d,"problem":%s}' % (index, problems.of(error).body)

    def _service(self, asked: Asked) -> Any:
        return self._parts.context(asked.principal)


def source(context: msgspec.Raw, path: str) -> Source:
    """A JSON string is a text, a list or object goes on byte for byte. Raises InvalidInput."""
    raw = bytes(context)
    if raw[:1] in (b"[", b"{"):
        return Source(raw, path)
    if raw[:1] != b'"':
        raise InvalidInput("`context` is no text, list or object.")
    text: str = msgspec.json.decode(raw)
    return Source(text.encode("utf-8", "surrogatepass"), path, plain=True)


def _result(found: Optimization, *, plain: bool) -> bytes:
    """plain: the content is a text, whatever it reads like."""
    content: object = found.content
    if isinstance(content, str):
        content = content if plain else _value(content)
        if isinstance(content, str):
            content = content.encode("utf-8", "replace").decode()
    told = _plain(found) | {"content": content}
    return msgspec.json.encode(told | {"reduction_percentage": found.reduction_percentage})


def _value(text: str) -> object:
    """The list or object that a text is, as it stands; the text where it is neither."""
    raw = text.encode("utf-8", "surrogateescape")
    if raw.lstrip()[:1] not in (b"[", b"{"):
        return text
    try:
        msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return text
    return msgspec.Raw(raw)


def _written(found: DataclassInstance) -> bytes:
    return msgspec.json.encode(found)


def _plain(found: DataclassInstance) -> dict[str, Any]:
    return {one.name: getattr(found, one.name) for one in fields(found)}
