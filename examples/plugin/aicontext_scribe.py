"""Scribe, an editor that does not exist, as a tool of the AI Context Platform.

Its requests hold what was said as lines: {"engine": "gpt-4o", "lines": [["user", "Hi"], ...]}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aicontext.integrations import Callback, Extracted, InvalidInput, Optimization


class Scribe:
    """See `aicontext.integrations.ToolIntegration` for what each method is to do."""

    name = "scribe"

    def __init__(self) -> None:
        self.saved = 0

    def extract_context(self, request: Mapping[str, Any]) -> Extracted:
        lines = request.get("lines")
        if not isinstance(lines, list):
            raise InvalidInput("A request of Scribe has lines.")
        messages = [{"role": who, "content": said} for who, said in lines]
        return Extracted(messages, model=request.get("engine", ""))

    def inject_optimization(
        self, request: Mapping[str, Any], found: Optimization
    ) -> Mapping[str, Any]:
        assert isinstance(found.content, list)
        return {**request, "lines": [[one["role"], one["content"]] for one in found.content]}

    def handle_callback(self, callback: Callback) -> Mapping[str, Any]:
        return {"heard": callback.type}

    def track_usage(self, optimization: Optimization) -> None:
        self.saved += optimization.original_tokens - optimization.optimized_tokens

    def customize_ui(self) -> Mapping[str, Any]:
        return {"badge": f"{self.saved:,} tokens saved"}
