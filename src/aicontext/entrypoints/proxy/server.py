"""The proxy as one of a process's services."""

from __future__ import annotations

from aicontext.domain.errors import Unavailable
from aicontext.domain.proxy import ProxyOptions
from aicontext.entrypoints.proxy.app import Parts, Running, start
from aicontext.entrypoints.proxy.budgets import ProxyBudgets

__all__ = ["Parts", "ProxyBudgets", "ProxyService"]


class ProxyService:
    """Raises InvalidInput for options that would let strangers in, Unavailable where the address
    cannot be had."""

    def __init__(self, options: ProxyOptions, parts: Parts) -> None:
        self._options = options
        self._parts = parts

    async def start(self) -> Running:
        options = self._options
        try:
            return await start(options, self._parts)
        except OSError as error:
            raise Unavailable(
                f"Cannot listen on {options.host}:{options.port} ({error.strerror or 'refused'}).",
                hint="Choose another port with --port or AICONTEXT_PORT.",
            ) from None
