"""Who may call models through the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aicontext.kit.clock import CLOCK
from aicontext.wiring import stores
from aicontext.wiring.platform.identity import authentication, policy
from aicontext.wiring.platform.limits import rate_limits

if TYPE_CHECKING:
    from aicontext.services.enterprise.admission import Admission, Gate
    from aicontext.settings import Settings
    from aicontext.wiring.telemetry import Telemetry


def admission(settings: Settings, numbers: Telemetry) -> Admission:
    """Nothing is opened before a credential is shown."""
    from aicontext.services.enterprise.admission import Admission

    async def opened() -> Gate | None:
        if not settings.records and not (settings.home / "records.db").exists():
            return None
        return await _gate(settings, numbers)

    return Admission(opened, CLOCK)


async def _gate(settings: Settings, numbers: Telemetry) -> Gate:
    """Raises MissingExtra, Unavailable."""
    from aicontext.services.enterprise.admission import Gate

    records, cache = stores.records(settings), stores.cache(settings)
    limits = rate_limits(settings, numbers)

    async def close() -> None:
        await limits.close()
        await cache.close()
        await records.close()

    await (records.check() if settings.records else records.migrate())
    return Gate(authentication(settings, records, cache), policy(), limits, close)
