"""What the hot routes take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from aicontext.domain.optimization import BlockReport, Cost, OptimizationStep
from aicontext.domain.storage.similar import KeptContext
from aicontext.domain.usage import Interval, Model

_SAID = (
    "A text, a list of messages, or a whole request in the form of its API (Chat Completions,"
    " Responses, Messages, Gemini)."
)
_FORMS: dict[str, Any] = {"type": ["string", "array", "object"]}
Context = Annotated[str | list[Any] | dict[str, Any], Meta(description=_SAID)]
_Raw = Annotated[msgspec.Raw, Meta(description=_SAID, extra_json_schema=_FORMS)]
_ITEM: dict[str, Any] = {"$ref": "#/components/schemas/OptimizeRequest"}
_Word = Annotated[str, Meta(max_length=200)]
_Query = Annotated[str, Meta(max_length=20_000, description="The question or task in words.")]
_ModelName = Annotated[
    str, Meta(max_length=200, description="The model that the context is for; else the context's.")
]
_Tokens = Annotated[int, Meta(ge=1, le=10_000_000)]
_Path = Annotated[str, Meta(max_length=1_000, description="The file that the text comes from.")]


class _Taken(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    context: _Raw
    model: _ModelName = ""
    query: _Query = ""
    path: _Path = ""


class OptimizeRequest(_Taken, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A context to make smaller. Without a budget only what is safe is done."""

    budget: _Tokens | None = None
    redact: bool = False


class AnalyzeRequest(_Taken, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A context to look into."""


class PredictRequest(_Taken, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A conversation whose next calls are to be forecast."""


class CompressRequest(_Taken, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A context to bring under a budget, whatever it holds; a conversation is compacted."""

    budget: _Tokens
    tool: _Word = ""
    command: _Query = ""
    archive: bool = True
    summary: bool = False
    redact: bool = False


class CountRequest(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A text whose tokens are to be counted."""

    text: str
    model: _ModelName = ""


class BatchRequest(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Contexts to make smaller, each as for `optimize`."""

    items: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra_json_schema=_ITEM)]],
        Meta(min_length=1, max_length=100),
    ]


class BatchBegun(msgspec.Struct, kw_only=True, frozen=True):
    """An operation; `Location` is where it can be watched."""

    id: str
    kind: str
    state: str
    created_at: datetime
    done: int
    total: int
    result: Any
    problem: Any


class SimilarRequest(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A context whose like is looked for. keep: so that it is found itself from now on."""

    context: _Raw
    path: _Path = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    keep: bool = False


class SimilarItem(msgspec.Struct, kw_only=True, frozen=True):
    """score: the cosine of both directions. handle: fetches the context from the archive. at:
    seconds since the epoch when it was kept."""

    score: float
    handle: str
    source: str
    kind: str
    tokens: int
    at: float


class SimilarResult(msgspec.Struct, kw_only=True, frozen=True):
    """Kept contexts of the caller, the most alike first. kept: this one, if it was to be."""

    items: tuple[SimilarItem, ...]
    kept: KeptContext | None


class OptimizationResult(msgspec.Struct, kw_only=True, frozen=True):
    """`content` has the form that came in; a value that is no conversation may come back as a
    text. quality_score: the calibrated share of results scored so that keep all evidence. exact:
    whether tokens are counted in the model's own vocabulary. handle: fetches a block's original."""

    content: Context
    model: str
    original_tokens: int
    optimized_tokens: int
    reduction_percentage: float
    quality_score: float
    exact: bool
    optimizations: tuple[OptimizationStep, ...]
    cost: Cost | None
    warnings: tuple[str, ...]


class AnalysisResult(msgspec.Struct, kw_only=True, frozen=True):
    """Where a context's tokens are, and how few they could safely be."""

    form: str
    model: str
    tokens: int
    reachable_tokens: int
    exact: bool
    blocks: tuple[BlockReport, ...]
    warnings: tuple[str, ...]


class ForecastResult(msgspec.Struct, kw_only=True, frozen=True):
    """What the next calls of a conversation will take, in tokens, US dollars and turns."""

    model: Model
    input_tokens: Interval
    output_tokens: Interval
    first_cost: Interval | None
    next_cost: Interval | None
    turns_left: Interval | None
    warnings: tuple[str, ...]


class CountResult(msgspec.Struct, kw_only=True, frozen=True):
    """Exact, or an interval that holds the truth nine times of ten."""

    tokens: int
    low: int
    high: int
    exact: bool
