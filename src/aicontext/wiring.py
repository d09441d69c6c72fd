"""The composition root: settings -> adapters -> services.

Loads what is asked for by name at that moment, so that `--help` and `import aicontext` stay light.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.settings import Settings

if TYPE_CHECKING:
    from aicontext.ports.archive import Archive
    from aicontext.services.context.service import ContextService


def archive(settings: Settings | None = None) -> Archive:
    """The user's archive."""
    chosen = settings or environment.load()
    adapter = import_module("aicontext.adapters.archive.sqlite")
    kept: Archive = adapter.SqliteArchive(chosen.home / "archive.db", chosen.archive_bytes)
    return kept


def context_service(settings: Settings | None = None) -> ContextService:
    """The Context Optimization service over the user's archive.

    One for as long as the settings stay the same: it knows the sessions that it has seen.
    """
    return _context_service(settings or environment.load())


@cache
def _context_service(settings: Settings) -> ContextService:
    module = import_module("aicontext.services.context.service")
    secrets = import_module("aicontext.adapters.secrets.detect_secrets").DetectSecrets()
    service: ContextService = module.ContextService(archive(settings), secrets, settings.model)
    return service
