"""AI Context Platform: better context for AI coding tools, for less money.

import aicontext

result = aicontext.optimize(messages, model="claude-sonnet-4-5")
result.content, result.reduction_percentage, result.quality_score
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aicontext.domain.errors import AiContextError
    from aicontext.domain.optimization import Analysis, Optimization, OptimizationStep
    from aicontext.domain.usage import Forecast, TokenCount
    from aicontext.entrypoints.library import (
        Repository,
        analyze,
        compress,
        estimate,
        optimize,
        predict,
        retrieve,
        similar,
    )

__version__ = "0.1.0"

__all__ = [
    "AiContextError",
    "Analysis",
    "Forecast",
    "Optimization",
    "OptimizationStep",
    "Repository",
    "TokenCount",
    "__version__",
    "analyze",
    "compress",
    "estimate",
    "optimize",
    "predict",
    "retrieve",
    "similar",
]

_HOMES = {
    "aicontext.domain.errors": ("AiContextError",),
    "aicontext.domain.optimization": ("Analysis", "Optimization", "OptimizationStep"),
    "aicontext.domain.usage": ("Forecast", "TokenCount"),
    "aicontext.entrypoints.library": (
        "Repository",
        "analyze",
        "compress",
        "estimate",
        "optimize",
        "predict",
        "retrieve",
        "similar",
    ),
}


def __getattr__(name: str) -> object:
    """Load a public name on first use, so that importing the package stays light."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
