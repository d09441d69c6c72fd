"""Talking to a running aicontext.

What is shown here is loaded when it is asked for: hooks load this package too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aicontext.client.platform.results import Streamed, Tool, UsageReport
    from aicontext.client.platform.sdk import (
        AIContextPlatformSDK,
        AsyncAIContextPlatformSDK,
    )

__all__ = ["AIContextPlatformSDK", "AsyncAIContextPlatformSDK", "Streamed", "Tool", "UsageReport"]

_PLACES = {
    "AIContextPlatformSDK": "sdk",
    "AsyncAIContextPlatformSDK": "sdk",
    "Streamed": "results",
    "Tool": "results",
    "UsageReport": "results",
}


def __getattr__(name: str) -> object:
    """Raises AttributeError, and MissingExtra."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"aicontext.client.platform.{_PLACES[name]}")
    except ModuleNotFoundError as error:
        from aicontext.domain.errors import MissingExtra

        raise MissingExtra(
            f"The SDK needs {error.name}.",
            hint="Run: pip install 'ai-context-platform[client]'.",
        ) from None
    return getattr(module, name)
