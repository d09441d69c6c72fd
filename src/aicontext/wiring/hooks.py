"""What AI tools' hooks are answered."""

from __future__ import annotations

from functools import cache
from shutil import which
from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aicontext.domain.events import HookEvent
    from aicontext.services.integrations.hooks.service import HookService, LeftOff, Told
    from aicontext.settings import Settings

_LOOKING = 6.0
"""Seconds that a session's start waits for what other tools left: hooks have ten in all."""


def answered(
    tool: str, event: str, payload: bytes | None, settings: Settings | None = None
) -> bytes:
    """The answer to a tool's hook; empty, and counted, where ours fails. Never raises.

    payload: the event; None where it was too much, or did not end.
    """
    try:
        service = _service(settings or environment.load())
    except Exception:  # noqa: BLE001 - whatever is wrong with us, the tool goes on
        return b""
    try:
        return service.answer(tool, event, payload)
    except Exception as error:  # noqa: BLE001 - the same
        service.failed(tool, event, error)
        return b""


def warm() -> None:
    """Loads what the first long output would wait for."""
    _service(environment.load()).warm()


@cache
def _service(settings: Settings) -> HookService:
    from aicontext.services.integrations.hooks.service import Book, HookService
    from aicontext.wiring.context import birth_service, options
    from aicontext.wiring.usage import events, own_sink

    def keep(noted: Sequence[HookEvent]) -> None:
        own_sink(settings).append_hooks(noted)

    births = cache(lambda: birth_service(settings))
    left_alone = options(settings).left_alone
    return HookService(
        births,
        Book(keep, events(settings).hooks_since),
        cache(_told),
        left_alone,
        left_off=_left_off(settings),
        preview=_preview(settings),
    )


def _preview(settings: Settings) -> Callable[[str], str]:
    def preview(path: str) -> str:
        from aicontext.domain.context import Source
        from aicontext.domain.errors import AiContextError
        from aicontext.services.integrations.hooks.previews import BUDGETS, SHOWN
        from aicontext.wiring.context import context_service
        from aicontext.wiring.integrations import files

        if settings.skip_tools or settings.skip_kinds:
            return ""
        try:
            source = Source(files().read(path) or b"", plain=True)
            for budget in BUDGETS:
                found = context_service(settings).compress((source,), budget, keep=False)
                if len(str(found.content).encode("utf-8", "replace")) <= SHOWN:
                    return str(found.content)
        except AiContextError:
            pass
        return ""

    return preview


def _left_off(settings: Settings) -> LeftOff:
    def left_off(tool: str, session: str, folder: str) -> str:
        if not settings.handoff_tokens:
            return ""
        from aicontext.kit.patience import within
        from aicontext.wiring.sessions import handoff

        def work() -> str:
            return handoff.left_off(tool, session, folder, settings.handoff_tokens)

        try:
            return within(_LOOKING, work)
        except TimeoutError:
            raise Unavailable("What other tools left took too long to find.") from None

    return left_off


def _told() -> Told:
    from aicontext.services.integrations.hooks.service import Told
    from aicontext.wiring.integrations import catalogue

    known = catalogue()
    introduction = known.shapes["rules"]["text"] if which("aicontext") else ""
    return Told(introduction, frozenset(one.id for one in known))
