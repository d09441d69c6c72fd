"""The SDK: the platform's verbs as methods, waited for or awaited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import TypeVar

import httpx2

from aicontext.client.platform import asks, results
from aicontext.client.platform.asks import Ask
from aicontext.client.platform.results import Budget, Streamed, Tool, UsageReport
from aicontext.client.platform.sending import Address, Events, Patience, headers
from aicontext.domain.analytics.usage import Dimension, Grain
from aicontext.domain.errors import Unavailable
from aicontext.domain.optimization import Analysis, Content, Optimization
from aicontext.domain.storage.records import Level, Period
from aicontext.domain.storage.similar import SimilarContext
from aicontext.domain.usage import Forecast, TokenCount

Result = TypeVar("Result")


class AIContextPlatformSDK:
    """A client of one server. Close it, or use it in a `with`.

    base_url: of the server; this machine's own unless said. api_key: not needed there. timeout:
    seconds for one attempt. retries: of a request without an answer, or that is told to come again;
    what changes something is done once all the same.

    In methods, model: whose tokens are counted; the server's default unless said. query: the task
    or question, in words. redact: mask secrets first. Methods raise what the server said:
    InvalidInput, Unauthenticated, Forbidden, NotFound, Conflict, BudgetTooSmall, OverBudget,
    LimitReached; and Unavailable where it gives no answer.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8788",
        api_key: str = "",
        *,
        timeout: float = 60.0,
        retries: int = 3,
    ) -> None:
        self._address = Address(url=base_url, key=api_key, timeout=timeout, retries=retries)
        self._http = httpx2.Client(
            base_url=base_url, headers=self._address.headers, timeout=timeout
        )

    def optimize_context(
        self,
        context: Content,
        *,
        model: str = "",
        query: str = "",
        budget: int | None = None,
        redact: bool = False,
    ) -> Optimization:
        """A context made smaller without losing what is needed; `content` has the form that came
        in. budget: tokens at most; without one, only what is safe is done."""
        return self._send(
            asks.optimize(context, model=model, query=query, budget=budget, redact=redact)
        )

    def compress_context(
        self,
        context: Content,
        budget: int,
        *,
        model: str = "",
        query: str = "",
        archive: bool = True,
    ) -> Optimization:
        """One text of at most `budget` tokens. archive: the original can be fetched later."""
        return self._send(asks.compress(context, budget, model=model, query=query, archive=archive))

    def analyze_context(self, context: Content, *, model: str = "", query: str = "") -> Analysis:
        """A context's blocks and tokens, and how small each could safely be."""
        return self._send(asks.analyze(context, model=model, query=query))

    def predict_tokens(self, context: Content, *, model: str = "", query: str = "") -> Forecast:
        """Tokens, money and turns of the calls to come, each with an interval."""
        return self._send(asks.predict(context, model=model, query=query))

    def count_tokens(self, text: str, *, model: str = "") -> TokenCount:
        """Tokens of a text: exact, or with an interval."""
        return self._send(asks.count(text, model=model))

    def retrieve(self, handle: str, *, lines: str = "", path: str = "", query: str = "") -> str:
        """An original: whole, its lines "10-40", a JSON path, or the hits of a query."""
        return self._send(asks.retrieve(handle, lines=lines, path=path, query=query))

    def find_similar(
        self, context: Content, *, limit: int = 10, keep: bool = False
    ) -> tuple[SimilarContext, ...]:
        """Contexts that were kept and say about the same. keep: this one too, to be found later."""
        return self._send(asks.similar(context, limit=limit, keep=keep))

    def tools(self, word: str = "") -> tuple[Tool, ...]:
        """The AI tools that are known; those that a word picks."""
        return self._send(asks.tools(word))

    def usage(
        self,
        by: Sequence[Dimension] = (Dimension.MODEL,),
        *,
        grain: Grain = Grain.WHOLE,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> UsageReport:
        """What the caller used and what it cost; of the last week unless `since` says."""
        return self._send(asks.usage(by, grain, since=since, until=until))

    def budgets(self) -> tuple[Budget, ...]:
        """Those that the caller may see, as they stand."""
        return self._send(asks.budgets())

    def set_budget(
        self,
        level: Level,
        owner: str,
        amount: float,
        *,
        unit: str = "usd",
        period: Period = Period.MONTH,
        hard: bool = True,
        warn_at: int = 80,
        zone: str = "UTC",
    ) -> Budget:
        """What the owner's calls may take in each period, in the place of that of the same unit and
        period. owner: the id of what the level names. unit: "usd" or "tokens"."""
        return self._send(
            asks.set_budget(
                level,
                owner,
                unit=unit,
                period=period,
                amount=amount,
                hard=hard,
                warn_at=warn_at,
                zone=zone,
            )
        )

    def clear_budgets(self, level: Level, owner: str, periods: Sequence[Period] = ()) -> None:
        """Takes the owner's budgets away; all, where no period is named."""
        self._send(asks.clear_budgets(level, owner, periods))

    def stream_optimizations(
        self,
        contexts: Iterable[Content],
        *,
        model: str = "",
        query: str = "",
        budget: int | None = None,
        redact: bool = False,
    ) -> Iterator[Streamed]:
        """Each result as soon as it is there; where the connection breaks, it goes on after the
        last that came."""
        given = {"model": model, "query": query, "budget": budget, "redact": redact}
        operation = self._send(asks.batch(contexts, **given))
        events, patience = Events(), Patience(self._address.retries)
        while True:
            try:
                for name, data in self._events(operation, events):
                    if name == "item":
                        found = results.streamed(data)
                        if found.index not in events.seen:
                            events.seen.add(found.index)
                            yield found
                    if name == "end":
                        results.ended(data)
                        return
            except httpx2.TransportError as error:
                cause = error
            else:
                cause = httpx2.TransportError("the events ended early")
            if (wait := patience.after(0, {})) is None:
                raise _silent(self._address, cause)
            time.sleep(wait)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> AIContextPlatformSDK:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _send(self, ask: Ask[Result]) -> Result:
        request = self._http.build_request(
            ask.method, ask.path, content=ask.body, params=ask.params, headers=headers(ask)
        )
        patience = Patience(self._address.retries)
        while True:
            try:
                answer = self._http.send(request)
            except httpx2.TransportError as error:
                if (wait := patience.after(0, {})) is None:
                    raise _silent(self._address, error) from None
            else:
                if answer.is_success:
                    return ask.read(answer.content)
                if (wait := patience.after(answer.status_code, answer.headers)) is None:
                    raise results.error(answer.status_code, answer.content)
            time.sleep(wait)

    def _events(self, operation: str, events: Events) -> Iterator[tuple[str, bytes]]:
        given = {"last-event-id": events.last} if events.last else {}
        with self._http.stream("GET", asks.events(operation), headers=given) as answer:
            if not answer.is_success:
                raise results.error(answer.status_code, answer.read())
            for line in answer.iter_lines():
                yield from events.take(line)


class AsyncAIContextPlatformSDK:
    """The same for an event loop; use it in an `async with`, or await `aclose`."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8788",
        api_key: str = "",
        *,
        timeout: float = 60.0,
        retries: int = 3,
    ) -> None:
        self._address = Address(url=base_url, key=api_key, timeout=timeout, retries=retries)
        self._http = httpx2.AsyncClient(
            base_url=base_url, headers=self._address.headers, timeout=timeout
        )

    async def optimize_context(
        self,
        context: Content,
        *,
        model: str = "",
        query: str = "",
        budget: int | None = None,
        redact: bool = False,
    ) -> Optimization:
        """As AIContextPlatformSDK's."""
        return await self._send(
            asks.optimize(context, model=model, query=query, budget=budget, redact=redact)
        )

    async def compress_context(
        self,
        context: Content,
        budget: int,
        *,
        model: str = "",
        query: str = "",
        archive: bool = True,
    ) -> Optimization:
        """As AIContextPlatformSDK's."""
        return await self._send(
            asks.compress(context, budget, model=model, query=query, archive=archive)
        )

    async def analyze_context(
        self, context: Content, *, model: str = "", query: str = ""
    ) -> Analysis:
        """As AIContextPlatformSDK's."""
        return await self._send(asks.analyze(context, model=model, query=query))

    async def predict_tokens(
        self, context: Content, *, model: str = "", query: str = ""
    ) -> Forecast:
        """As AIContextPlatformSDK's."""
        return await self._send(asks.predict(context, model=model, query=query))

    async def count_tokens(self, text: str, *, model: str = "") -> TokenCount:
        """As AIContextPlatformSDK's."""
        return await self._send(asks.count(text, model=model))

    async def retrieve(
        self, handle: str, *, lines: str = "", path: str = "", query: str = ""
    ) -> str:
        """As AIContextPlatformSDK's."""
        return await self._send(asks.retrieve(handle, lines=lines, path=path, query=query))

    async def find_similar(
        self, context: Content, *, limit: int = 10, keep: bool = False
    ) -> tuple[SimilarContext, ...]:
        """As AIContextPlatformSDK's."""
        return await self._send(asks.similar(context, limit=limit, keep=keep))

    async def tools(self, word: str = "") -> tuple[Tool, ...]:
        """As AIContextPlatformSDK's."""
        return await self._send(asks.tools(word))

    async def usage(
        self,
        by: Sequence[Dimension] = (Dimension.MODEL,),
        *,
        grain: Grain = Grain.WHOLE,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> UsageReport:
        """As AIContextPlatformSDK's."""
        return await self._send(asks.usage(by, grain, since=since, until=until))

    async def budgets(self) -> tuple[Budget, ...]:
        """As AIContextPlatformSDK's."""
        return await self._send(asks.budgets())

    async def set_budget(
        self,
        level: Level,
        owner: str,
        amount: float,
        *,
        unit: str = "usd",
        period: Period = Period.MONTH,
        hard: bool = True,
        warn_at: int = 80,
        zone: str = "UTC",
    ) -> Budget:
        """As AIContextPlatformSDK's."""
        return await self._send(
            asks.set_budget(
                level,
                owner,
                unit=unit,
                period=period,
                amount=amount,
                hard=hard,
                warn_at=warn_at,
                zone=zone,
            )
        )

    async def clear_budgets(self, level: Level, owner: str, periods: Sequence[Period] = ()) -> None:
        """As AIContextPlatformSDK's."""
        await self._send(asks.clear_budgets(level, owner, periods))

    async def stream_optimizations(
        self,
        contexts: Iterable[Content],
        *,
        model: str = "",
        query: str = "",
        budget: int | None = None,
        redact: bool = False,
    ) -> AsyncIterator[Streamed]:
        """As AIContextPlatformSDK's."""
        given = {"model": model, "query": query, "budget": budget, "redact": redact}
        operation = await self._send(asks.batch(contexts, **given))
        events, patience = Events(), Patience(self._address.retries)
        while True:
            try:
                async for name, data in self._events(operation, events):
                    if name == "item":
                        found = results.streamed(data)
                        if found.index not in events.seen:
                            events.seen.add(found.index)
                            yield found
                    if name == "end":
                        results.ended(data)
                        return
            except httpx2.TransportError as error:
                cause = error
            else:
                cause = httpx2.TransportError("the events ended early")
            if (wait := patience.after(0, {})) is None:
                raise _silent(self._address, cause)
            await asyncio.sleep(wait)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> AsyncAIContextPlatformSDK:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _send(self, ask: Ask[Result]) -> Result:
        request = self._http.build_request(
            ask.method, ask.path, content=ask.body, params=ask.params, headers=headers(ask)
        )
        patience = Patience(self._address.retries)
        while True:
            try:
                answer = await self._http.send(request)
            except httpx2.TransportError as error:
                if (wait := patience.after(0, {})) is None:
                    raise _silent(self._address, error) from None
            else:
                if answer.is_success:
                    return ask.read(answer.content)
                if (wait := patience.after(answer.status_code, answer.headers)) is None:
                    raise results.error(answer.status_code, answer.content)
            await asyncio.sleep(wait)

    async def _events(self, operation: str, events: Events) -> AsyncIterator[tuple[str, bytes]]:
        given = {"last-event-id": events.last} if events.last else {}
        async with self._http.stream("GET", asks.events(operation), headers=given) as answer:
            if not answer.is_success:
                raise results.error(answer.status_code, await answer.aread())
            async for line in answer.aiter_lines():
                for one in events.take(line):
                    yield one


def _silent(address: Address, error: Exception) -> Unavailable:
    return Unavailable(
        f"{address.url} gives no answer ({type(error).__name__}).",
        hint="Is it running? Start it: aicontext serve --services api.",
    )
