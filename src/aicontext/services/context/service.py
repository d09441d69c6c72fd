"""The verbs: analyze, predict, optimize, compress, retrieve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from aicontext.domain.context import Ask, Count, Level
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.messages import Message
from aicontext.domain.optimization import (
    Analysis,
    BlockReport,
    Cost,
    Optimization,
    OptimizationStep,
)
from aicontext.domain.usage import Forecast, Model
from aicontext.engine.budget.allocate import allocate
from aicontext.engine.compress.compact import compact
from aicontext.engine.compress.forms.conversation import Conversation, write
from aicontext.engine.compress.session import compress_session
from aicontext.engine.estimate import counter, forecast, model
from aicontext.engine.plan import Shown, fit, show
from aicontext.engine.prioritize.bm25 import scores
from aicontext.ports.archive import Archive
from aicontext.services.context import retrieval
from aicontext.services.context.source import Piece, Source, conversation, pieces, text

Progress = Callable[[int, int], None]
"""Called with (blocks done, blocks in all)."""


class ContextService:
    """The Context Optimization service over one archive."""

    def __init__(self, archive: Archive, default_model: str) -> None:
        self._archive = archive
        self._default_model = default_model

    def analyze(self, sources: tuple[Source, ...], model_name: str = "", query: str = "") -> Analysis:
        """Structure, tokens by block, and how far each could be reduced safely."""
        target, count = self._target(model_name)
        talk = conversation(sources[0]) if len(sources) == 1 else None
        if talk:
            reports = tuple(_conversation_reports(talk, count))
        else:
            reports = tuple(_piece_reports(pieces(sources, query), count))
        return Analysis(
            talk.form if talk else "text",
            target.id,
            sum(r.tokens for r in reports),
            sum(r.reachable_tokens for r in reports),
            target.exact,
            reports,
            _warnings(target),
        )

    def predict(self, sources: tuple[Source, ...], model_name: str = "") -> Forecast:
        """Tokens, money and turns to come, each with an interval."""
        target, _ = self._target(model_name)
        talk = conversation(sources[0]) if len(sources) == 1 else None
        messages = talk.messages if talk else tuple(map(_as_message, sources))
        return forecast(messages, target.id)

    def retrieve(self, handle: str, lines: str = "", path: str = "", query: str = "") -> str:
        """An original, in whole or the lines, JSON path or query hits of it; at most one of these."""
        if sum(map(bool, (lines, path, query))) > 1:
            raise InvalidInput("Ask for lines, a path or a query, not for several at once.")
        original = self._archive.get(handle)
        if lines:
            return retrieval.lines(original, lines)
        if path:
            return retrieval.json_path(original, path)
        return retrieval.query(original, query) if query else original
