"""The API's operations as values: what to send, and how the answer is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import msgspec

from aicontext.client.platform import results
from aicontext.client.platform.results import Budget, Tool, UsageReport, decoded
from aicontext.domain.analytics.usage import Dimension, Grain
from aicontext.domain.errors import InvalidInput
from aicontext.domain.optimization import Analysis, Content, Optimization
from aicontext.domain.storage.records import Level, Period
from aicontext.domain.storage.similar import SimilarContext
from aicontext.domain.usage import Forecast, TokenCount

Result = TypeVar("Result")

_CONTEXT = "/api/v1/context"
_BUDGETS = "/api/v1/enterprise/budgets"


@dataclass(frozen=True, slots=True)
class Ask(Generic[Result]):
    """changes: it may not be sent twice without a key that says it is the same."""

    method: str
    path: str
    read: Callable[[bytes], Result]
    body: bytes | None = None
    params: Mapping[str, str | list[str]] = field(default_factory=dict)
    changes: bool = False


def optimize(
    context: Content, *, model: str, query: str, budget: int | None, redact: bool
) -> Ask[Optimization]:
    body = _optimize(context, model=model, query=query, budget=budget, redact=redact)
    return _post("optimize", body, Optimization)


def compress(
    context: Content, budget: int, *, model: str, query: str, archive: bool
) -> Ask[Optimization]:
    body = {"context": context, "budget": budget, "model": model, "query": query}
    return _post("compress", {**body, "archive": archive}, Optimization)


def analyze(context: Content, *, model: str, query: str) -> Ask[Analysis]:
    return _post("analyze", {"context": context, "model": model, "query": query}, Analysis)


def predict(context: Content, *, model: str, query: str) -> Ask[Forecast]:
    return _post("predict", {"context": context, "model": model, "query": query}, Forecast)


def budgets() -> Ask[tuple[Budget, ...]]:
    return Ask("GET", _BUDGETS, results.budgets)


def set_budget(level: Level, owner: str, **terms: Any) -> Ask[Budget]:
    path, body = f"{_BUDGETS}/{level}/{quote(owner, safe='')}", msgspec.json.encode(terms)
    return Ask("PUT", path, lambda answer: decoded(answer, Budget), body, changes=True)


def clear_budgets(level: Level, owner: str, periods: Sequence[Period]) -> Ask[None]:
    path = f"{_BUDGETS}/{level}/{quote(owner, safe='')}"
    params = {"period": [one.value for one in periods]}
    return Ask("DELETE", path, lambda answer: None, params=params, changes=True)


def count(text: str, *, model: str) -> Ask[TokenCount]:
    return _post("count", {"text": text, "model": model}, TokenCount)


def retrieve(handle: str, *, lines: str, path: str, query: str) -> Ask[str]:
    asked = {"lines": lines, "path": path, "query": query}
    params = {name: value for name, value in asked.items() if value}
    return Ask("GET", f"/api/v1/archive/{quote(handle, safe='')}", _text, params=params)


def similar(context: Content, *, limit: int, keep: bool) -> Ask[tuple[SimilarContext, ...]]:
    body = _written({"context": context, "limit": limit, "keep": keep})
    return Ask("POST", f"{_CONTEXT}/similar", results.similar, body, changes=keep)


def tools(word: str) -> Ask[tuple[Tool, ...]]:
    params = {"word": word} if word else {}
    return Ask("GET", "/api/v1/integrations/tools", results.tools, params=params)


def usage(
    by: Sequence[Dimension], grain: Grain, *, since: datetime | None, until: datetime | None
) -> Ask[UsageReport]:
    params: dict[str, str | list[str]] = {"by": [str(one) for one in by], "grain": str(grain)}
    for name, moment in (("since", since), ("until", until)):
        if moment is not None:
            params[name] = moment.astimezone(UTC).isoformat()
    return Ask("GET", "/api/v1/analytics/usage", results.usage, params=params)


def batch(contexts: Iterable[Content], **given: Any) -> Ask[str]:
    """Gives the operation's id."""
    items = [_optimize(context, **given) for context in contexts]
    return Ask("POST", f"{_CONTEXT}/batches", _id, _written({"items": items}), changes=True)


def events(operation: str) -> str:
    """The path at which an operation is watched."""
    return f"/api/v1/operations/{operation}/events"


def _optimize(context: Content, **given: Any) -> dict[str, Any]:
    return {"context": context, **given}


def _post(verb: str, body: Mapping[str, Any], kind: type[Result]) -> Ask[Result]:
    return Ask("POST", f"{_CONTEXT}/{verb}", lambda answer: decoded(answer, kind), _written(body))


def _written(body: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(
            f"The context cannot be written as JSON: {error}.",
            hint="Pass a text, messages or a request of plain values.",
        ) from None


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _plain(body: bytes) -> dict[str, Any]:
    return decoded(body, dict[str, Any])


def _id(body: bytes) -> str:
    return str(_plain(body)["id"])
