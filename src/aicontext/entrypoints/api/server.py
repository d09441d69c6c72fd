"""The API as one of a process's services."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from fastapi import FastAPI

from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.entrypoints.api import tls
from aicontext.entrypoints.api.app import layered, surface
from aicontext.entrypoints.api.parts import Options, Parts, Tls
from aicontext.kit.web.hosts import reached

__all__ = ["ApiService", "Options", "Parts", "Tls"]

_IDLE = 75
"""Seconds in which a client may have no request under way."""

_DRAIN = 30
"""Seconds for requests under way at the end."""


class ApiService:
    def __init__(self, options: Options, parts: Parts) -> None:
        self._options, self._parts = options, parts

    async def start(self) -> Running:
        """Raises Unavailable where the address or a store cannot be had, InvalidInput where files
        of TLS are of no use."""
        await self._parts.start()
        try:
            listening = _listening(self._options)
        except OSError as error:
            await self._parts.stop()
            raise Unavailable(
                f"Cannot listen on {self._options.host}:{self._options.port}"
                f" ({error.strerror or 'refused'}).",
                hint="Choose another port with AICONTEXT_API_PORT.",
            ) from None
        routes = surface(self._parts)
        config = uvicorn.Config(
            layered(routes, self._parts, self._options),
            **tls.given(self._options.tls),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,
            timeout_keep_alive=_IDLE,
            timeout_graceful_shutdown=_DRAIN,
        )
        logging.getLogger("uvicorn").setLevel(logging.ERROR)
        try:
            config.load()
        except OSError as error:
            listening.close()
            await self._parts.stop()
            raise InvalidInput(
                f"The certificate or key cannot be used ({error.strerror or 'unknown'}).",
                hint="AICONTEXT_TLS_CERTIFICATE and AICONTEXT_TLS_KEY name files in PEM.",
            ) from None
        server = _Server(config)
        task = asyncio.create_task(server.serve([listening]))
        await server.listens.wait()
        return Running(_address(listening, self._options), server, task, routes)


class Running:
    """What listens at `address`."""

    def __init__(
        self, address: str, server: uvicorn.Server, task: asyncio.Task[None], routes: FastAPI
    ) -> None:
        self.address = address
        self._server, self._task, self._state = server, task, routes.state

    async def stop(self) -> None:
        self._server.should_exit = True
        await self._state.jobs.close()
        await self._state.notes.close()
        with suppress(asyncio.CancelledError):
            await self._task
        self._state.threads.close()
        await self._state.parts.stop()

    def hasten(self) -> None:
        self._server.force_exit = True


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's, which runs other services too."""
        yield


def _listening(options: Options) -> socket.socket:
    """Raises OSError."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((options.host, options.port))
    except OSError:
        made.close()
        raise
    return made


def _address(listening: socket.socket, options: Options) -> str:
    host, port = listening.getsockname()[:2]
    scheme = "https" if options.tls else "http"
    return f"{scheme}://{reached(host, port)}"
