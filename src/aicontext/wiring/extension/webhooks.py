"""Webhooks: messages out and in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.wiring.extension.plugins import integration_service

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from aicontext.adapters.webhooks.sqlite import SqliteWebhooks
    from aicontext.domain.extension.plugins import Callback
    from aicontext.services.integrations.webhooks.delivery import Courier
    from aicontext.services.integrations.webhooks.service import WebhookService
    from aicontext.settings import Settings


def webhook_service(settings: Settings | None = None) -> WebhookService:
    """The verbs, over the user's outbox; what comes in goes to the plugin of the sender's name."""
    import secrets

    from aicontext.adapters.webhooks.http import HttpPost
    from aicontext.kit.ids import time_ordered
    from aicontext.services.integrations.webhooks.service import WebhookService

    chosen = settings or environment.load()
    kept = _kept(chosen)

    def handle(sender: str, callback: Callback) -> Mapping[str, Any]:
        return integration_service(chosen).handle_tool_callback(sender, callback)

    return WebhookService(
        kept,
        kept,
        check=HttpPost(chosen.webhook_private).check,
        handle=handle,
        new_id=time_ordered,
        random=secrets.token_bytes,
    )


def courier(settings: Settings | None = None) -> Courier:
    """What delivers from the user's outbox."""
    import secrets

    from aicontext.adapters.webhooks.http import HttpPost
    from aicontext.services.integrations.webhooks.delivery import Courier

    chosen = settings or environment.load()
    chance = secrets.SystemRandom().random
    return Courier(_kept(chosen), HttpPost(chosen.webhook_private), chance)


def _kept(settings: Settings) -> SqliteWebhooks:
    from aicontext.adapters.webhooks.sqlite import SqliteWebhooks

    return SqliteWebhooks(outbox(settings))


def outbox(settings: Settings) -> Path:
    """Where messages wait; no file where none was ever put out or asked for."""
    return settings.home / "webhooks.db"
