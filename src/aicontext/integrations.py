"""AI tools of your own: what their integrations are made of, and the service that runs them."""

from __future__ import annotations

from aicontext.domain.errors import InvalidInput
from aicontext.domain.extension.plugins import Callback, Extracted, Injected, Plugin
from aicontext.domain.optimization import Optimization
from aicontext.ports.integrations import ToolIntegration
from aicontext.services.integrations.plugins.service import IntegrationService
from aicontext.services.integrations.webhooks.service import WebhookService
from aicontext.wiring.extension.plugins import integration_service
from aicontext.wiring.extension.webhooks import webhook_service

__all__ = [
    "Callback",
    "Extracted",
    "Injected",
    "IntegrationService",
    "InvalidInput",
    "Optimization",
    "Plugin",
    "ToolIntegration",
    "WebhookService",
    "service",
    "webhooks",
]


def service() -> IntegrationService:
    """The tools that installed packages add, and those that you register with what you get."""
    return integration_service()


def webhooks() -> WebhookService:
    """Signed messages to other programs, and from them."""
    return webhook_service()
