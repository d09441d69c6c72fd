"""The proxy as one of a process's services."""

from __future__ import annotations

import errno
import os

from aicontext.domain.errors import Unavailable
from aicontext.domain.proxy import ProxyOptions
from aicontext.entrypoints.proxy.app import Parts, Running, start
from aicontext.entrypoints.proxy.budgets import ProxyBudgets

__all__ = ["Parts", "ProxyBudgets", "ProxyService"]

_ANOTHER = "Choose another port with --port or AICONTEXT_PORT"
_TAKEN = f"{_ANOTHER}; if our proxy runs there, aicontext run and top use it."


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
            number = error.errno or 0
            # Its own text is of the library that tried; numbers below zero are of another table.
            known = os.strerror(number).lower() if number > 0 else error.strerror
            raise Unavailable(
                f"Cannot listen on {options.host}:{options.port} ({known or 'refused'}).",
                hint=_TAKEN if number == errno.EADDRINUSE else _ANOTHER + ".",
            ) from None
