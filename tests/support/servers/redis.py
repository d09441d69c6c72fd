"""Redis, as the tests start it."""

from __future__ import annotations

import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from servers.port import held_port
from waiting import until


class Redis:
    """A server of its own on a port of this machine. durable: it writes to disk before it answers;
    otherwise it keeps nothing there."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._more = ["--appendonly", "yes", "--appendfsync", "always"] if durable else []
        self._port = held_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        words = ["redis-server", "--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            [*words, *self._more],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        until(self._answers)

    def _answers(self) -> bool:
        """Not while it reads what it had written."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1) as asked:
            asked.sendall(b"PING\r\n")
            return asked.recv(16) == b"+PONG\r\n"
        return False

    def clear(self) -> None:
        """Forget all that is kept."""
        with socket.create_connection(("127.0.0.1", self._port), 5) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(16) == b"+OK\r\n"

    def pause(self) -> None:
        """Keep connections and what is kept, but give no answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
