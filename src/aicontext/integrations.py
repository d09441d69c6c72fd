"""AI tools of your own: what their integrations are made of, and the service that runs them."""

from __future__ import annotations

from aicontext.domain.errors import InvalidInput
from aicontext.domain.extension.plugins import Callback, Extracted, Injected, Plugin
from aicontext.domain.optimization import Optimization
from aicontext.ports.integrations import ToolIntegration
from aicontext.services.integrations.plugins.service import IntegrationService
from aicontext.wiring.plugins import integration_service

__all__ = [
    "Callback",
    "Extracted",
    "Injected",
    "IntegrationService",
    "InvalidInput",
    "Optimization",
    "Plugin",
    "ToolIntegration",
    "service",
]


def service() -> IntegrationService:
    """The tools that installed packages add, and those that you register with what you get."""
    return integration_service()
