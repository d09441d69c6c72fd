"""An AI tool that others add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from aicontext.domain.extension.plugins import Callback, Extracted
from aicontext.domain.optimization import Optimization


class ToolIntegration(Protocol):
    """How the context of one tool is taken out of its requests and put back.

    Its methods are called in threads, several at a time, and given up where they take too long. A
    tool may also have some of `OPTIONAL`:

    - `sync_settings(settings: Mapping[str, Any]) -> Mapping[str, Any]` takes over what the tools of
      the catalogue share, its `rules` and `mcp_servers`, and gives back what it did take;
    - `track_usage(optimization: Optimization) -> None` hears what each optimization saved;
    - `customize_ui() -> Mapping[str, Any]` gives the labels that it wants to be shown with.
    """

    @property
    def name(self) -> str:
        """By which it is called: small letters, digits and hyphens."""

    def extract_context(self, request: Mapping[str, Any]) -> Extracted:
        """What of the tool's request is context. Raises InvalidInput where the request is none."""

    def inject_optimization(
        self, request: Mapping[str, Any], found: Optimization
    ) -> Mapping[str, Any]:
        """The request with `found.content` in the place of the context that was taken out."""

    def handle_callback(self, callback: Callback) -> Mapping[str, Any]:
        """What is answered. The same callback may come again after a failure."""


REQUIRED = ("extract_context", "inject_optimization", "handle_callback")
OPTIONAL = ("sync_settings", "track_usage", "customize_ui")
