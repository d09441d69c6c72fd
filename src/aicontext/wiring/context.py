"""Context Optimization: its service, and what that keeps and asks."""

from __future__ import annotations

import sys
from functools import cache, lru_cache
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

from aicontext import settings as environment

if TYPE_CHECKING:
    from aicontext.domain.tenancy.owner import Owner
    from aicontext.kit.loops import LoopThread
    from aicontext.ports.models import Models
    from aicontext.ports.stores.archive import Archive
    from aicontext.services.context.births import BirthService
    from aicontext.services.context.options import Options
    from aicontext.services.context.requests import RequestService
    from aicontext.services.context.service import ContextService
    from aicontext.settings import Settings


def open_archive(settings: Settings | None = None, owner: Owner | None = None) -> Archive:
    """The originals of a user, of this machine's where none is named; before the store of large
    contents, where that is shared. Raises MissingExtra."""
    from aicontext.adapters.archive.sqlite import SqliteArchive

    chosen = settings or environment.load()
    folder = chosen.home / "tenants" / owner.organisation / owner.user if owner else chosen.home
    near = SqliteArchive(folder / "archive.db", chosen.archive_bytes)
    if not chosen.blobs:
        return near
    from aicontext.adapters.archive.shared import SharedArchive
    from aicontext.services.enterprise.identity.local import LOCAL_USER
    from aicontext.wiring import stores

    user = owner.user if owner else LOCAL_USER
    return SharedArchive(near, stores.blobs(chosen), user, _archive_loop())


@cache
def _archive_loop() -> LoopThread:
    from aicontext.kit.loops import LoopThread as Loop

    return Loop("aicontext-archive")


def models(settings: Settings) -> Models | None:
    """The model that writes summaries; None where none is set."""
    if not settings.models_url:
        return None
    address = (settings.models_url, settings.models_name, settings.models_key)
    if settings.models_api == "anthropic":
        from aicontext.adapters.models.anthropic import AnthropicModel

        return AnthropicModel(*address, settings.models_timeout)
    from aicontext.adapters.models.openai import OpenAiModel

    return OpenAiModel(*address, settings.models_timeout)


OWN, OTHERS = 56_000_000, 2_000_000
"""Bytes of sessions remembered for each vocabulary and query: of this machine's user, who is alone,
and of each of many."""


def context_service(settings: Settings | None = None, owner: Owner | None = None) -> ContextService:
    """The Context Optimization service over the archive of a user, of this machine's where none is
    named.

    One for as long as the settings stay the same, of the 32 that were asked for last: it knows the
    sessions that it has seen.
    """
    return _context_service(settings or environment.load(), owner)


@lru_cache(32)
def _context_service(settings: Settings, owner: Owner | None) -> ContextService:
    from aicontext.adapters.secrets.detect_secrets import DetectSecrets
    from aicontext.services.context.service import ContextService

    archive = open_archive(settings, owner)
    memory = OTHERS if owner else OWN
    return ContextService(archive, DetectSecrets(), settings.model, models(settings), memory=memory)


def request_service(settings: Settings | None = None) -> RequestService:
    """The service that plans requests, over the user's archive and cache ledger."""
    import atexit

    from aicontext.adapters.ledger.sqlite import SqliteLedger
    from aicontext.services.context.requests import RequestService

    chosen = settings or environment.load()
    ledger = SqliteLedger(chosen.home / "ledger.db")
    atexit.register(ledger.close)
    return RequestService(open_archive(chosen), ledger, options(chosen))


def own_request_service() -> RequestService:
    """The same for this process's own requests: one for as long as the settings stay the same, for
    it knows the conversations that it has seen."""
    return _own_request_service(environment.load())


@cache
def _own_request_service(settings: Settings) -> RequestService:
    return request_service(settings)


def birth_service(settings: Settings | None = None) -> BirthService:
    """The service that shows a tool's output as it is born, over the user's archive."""
    from aicontext.services.context.births import BirthService

    chosen = settings or environment.load()
    return BirthService(open_archive(chosen), chosen.model, options(chosen))


def options(settings: Settings) -> Options:
    """What is left alone."""
    from aicontext.services.context.options import Options

    return Options(
        skipped_tools=frozenset(settings.skip_tools),
        skipped_kinds=frozenset(settings.skip_kinds),
        holdout=settings.holdout,
        optimize=settings.optimize,
        command=_in_every_shell(),
    )


def _in_every_shell() -> bool:
    """Whether the shells of this user's tools find `aicontext`: that of a virtual environment is
    found where this is active only, and a tool may have been started elsewhere."""
    found = which("aicontext")
    own = sys.prefix != sys.base_prefix and str(Path(sys.executable).parent)
    return found is not None and str(Path(found).parent) != own
