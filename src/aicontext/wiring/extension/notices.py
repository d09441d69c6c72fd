"""What the product itself tells those who asked for webhooks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.domain.errors import AiContextError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aicontext.settings import Settings


def tell(kind: str, data: Mapping[str, object], settings: Settings | None = None) -> None:
    """Put the message out; nothing is opened where no endpoint was ever added. What fails is
    logged: nobody's work may fail because others are told of it."""
    from aicontext.wiring.extension.webhooks import outbox, webhook_service

    try:
        chosen = settings or environment.load()
        if outbox(chosen).is_file():
            service = webhook_service(chosen)
            if service.endpoints():
                service.send(kind, data)
    except AiContextError as error:
        logging.getLogger(__name__).warning("Nobody was told of %s. %s", kind, error)
