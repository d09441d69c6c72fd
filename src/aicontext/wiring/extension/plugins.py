"""Tools that others add."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.wiring.context import context_service
from aicontext.wiring.integrations import catalogue, syncing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aicontext.domain.extension.plugins import Extracted
    from aicontext.domain.optimization import Optimization
    from aicontext.domain.tools import Scope
    from aicontext.services.integrations.plugins.service import IntegrationService
    from aicontext.services.integrations.syncing.service import Synced
    from aicontext.settings import Settings


def integration_service(settings: Settings | None = None) -> IntegrationService:
    """The tools that installed distributions add, over the user's own archive."""
    from aicontext.adapters.plugins.entry_points import EntryPoints
    from aicontext.services.context.source import value_of, written
    from aicontext.services.integrations.plugins.registry import Registry
    from aicontext.services.integrations.plugins.service import IntegrationService

    chosen = settings or environment.load()

    def optimize(extracted: Extracted) -> Optimization:
        found = context_service(chosen).optimize(
            (written(extracted.context),),
            extracted.model,
            query=extracted.query,
            budget=extracted.budget,
        )
        if isinstance(extracted.context, str):
            return found
        return replace(found, content=value_of(str(found.content)))

    def sync(tools: Sequence[str], scope: Scope, project: str, source: str, *, dry: bool) -> Synced:
        known = catalogue()
        found = [known.tool(name) for name in dict.fromkeys((*tools, source)) if name]
        return syncing(Path(project)).sync(found, scope, project, source, dry=dry)

    return IntegrationService(Registry(EntryPoints(), chosen.plugin_timeout), optimize, sync)
