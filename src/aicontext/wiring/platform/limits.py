"""How often who may call, and what it may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aicontext import settings as environment
from aicontext.kit.clock import CLOCK, Clock
from aicontext.wiring.extras import needed

if TYPE_CHECKING:
    from aicontext.ports.access.limits import Limits
    from aicontext.services.enterprise.limits import RateLimits
    from aicontext.settings import Settings


def rate_limits(settings: Settings | None = None) -> RateLimits:
    """Those that are set, counted in the cache that processes share, where there is one. Raises
    MissingExtra."""
    from aicontext.services.enterprise.limits import RateLimits

    chosen = settings or environment.load()
    return RateLimits(counted(chosen), chosen.rate_limits)


def counted(settings: Settings, clock: Clock = CLOCK) -> Limits:
    """Raises MissingExtra."""
    from aicontext.adapters.limits.memory import MemoryLimits

    near = MemoryLimits(clock.tick)
    if not settings.cache:
        return near
    with needed("The shared limits", "redis"):
        from aicontext.adapters.limits.fallback import FallbackLimits
        from aicontext.adapters.limits.redis import RedisLimits

        return FallbackLimits(RedisLimits(settings.cache), near, settings.nodes, clock.tick)
