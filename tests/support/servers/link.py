"""A network between us and a server, which fails as networks do."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET

from servers.port import held_port

from aicontext.kit.loops import LoopThread


class State(StrEnum):
    UP = "up"
    CUT = "cut"
    """Nobody listens any more, and what was open is closed."""

    SILENT = "silent"
    """Connections stand, and no byte arrives."""

    RESET = "reset"
    """Connections are taken, and broken off by the first byte that comes."""


class Link:
    """Listens on a port of this machine, and hands on to a TCP port or a socket in a file."""

    def __init__(self, target: tuple[str, int] | Path) -> None:
        self._target = target
        self._state = State.UP
        self._heard = asyncio.Event()
        self._loop = LoopThread("link")
        self._open: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None
        self.port = held_port()
        self._loop.run(self._listen())

    def become(self, state: State) -> None:
        """From now on, for connections that are open too."""
        self._loop.run(self._become(state))

    def close(self) -> None:
        self._loop.run(self._become(State.CUT))
        self._loop.close()

    async def _become(self, state: State) -> None:
        self._state = state
        (self._heard.clear if state is State.SILENT else self._heard.set)()
        if state in (State.CUT, State.RESET):
            for transport in list(self._open):
                _break_off(transport)
        if state is State.CUT and self._server is not None:
            self._server.close()
            self._server = None
        if state is not State.CUT and self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._heard.set()
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", self.port)

    async def _taken(self, here: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if isinstance(self._target, Path):
            there, forth = await asyncio.open_unix_connection(str(self._target))
        else:
            there, forth = await asyncio.open_connection(*self._target)
        pair = {back.transport, forth.transport}
        self._open |= pair
        with suppress(OSError):
            await asyncio.gather(self._pass(here, forth), self._pass(there, back))
        self._open -= pair
        for transport in pair:
            transport.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while part := await source.read(2**16):
            await self._heard.wait()
            if self._state is State.RESET:
                raise ConnectionResetError
            target.write(part)
            await target.drain()
        with suppress(OSError, RuntimeError):
            target.write_eof()


def _break_off(transport: asyncio.Transport) -> None:
    if (sock := transport.get_extra_info("socket")) is not None:
        with suppress(OSError):  # A socket in a file has no such option.
            sock.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
