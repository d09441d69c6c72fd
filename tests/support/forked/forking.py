"""Forks for those who ask, until its standard input ends: `forking.py DOOR`.

What a fork loaded, the next ones have from the start.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import runpy
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

PACKAGE = "aicontext"
LONGEST = 1 << 20


class Fork(NamedTuple):
    """asker: who waits for its status. loaded: a file, of the names of its modules at the end."""

    process: int
    asker: socket.socket
    loaded: int

    def ended(self) -> None:
        _, status = os.waitpid(self.process, 0)
        with self.asker, suppress(BrokenPipeError):
            self.asker.send(b"%d" % os.waitstatus_to_exitcode(status))
        with open(self.loaded, encoding="utf-8") as names:
            names.seek(0)
            for name in names.read().split():
                with suppress(ImportError):
                    importlib.import_module(name)
        gc.freeze()


def fork_for_all(path: str) -> bool:
    """True in each fork, False at the end."""
    forks: dict[int, Fork] = {}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(path)
        door.listen()
        os.write(1, b"ready\n")
        while True:
            ready, _, _ = select.select([0, door, *forks], [], [])
            for one in ready:
                if one == 0:
                    for fork in forks.values():
                        os.kill(fork.process, signal.SIGKILL)
                    return False
                if one is not door:
                    os.close(one)
                    forks.pop(one).ended()
                    continue
                asker, _ = door.accept()
                asked, streams, _, _ = socket.recv_fds(asker, LONGEST, 3)
                loaded = os.memfd_create("loaded")
                if process := os.fork():
                    forks[os.pidfd_open(process)] = Fork(process, asker, loaded)
                    for stream in streams:
                        os.close(stream)
                    continue
                for descriptor, fork in forks.items():
                    os.close(descriptor)
                    os.close(fork.loaded)
                    fork.asker.close()
                asker.close()
                become(asked.split(b"\0"), streams, loaded)
                return True


def become(asked: Sequence[bytes], streams: Sequence[int], loaded: int) -> None:
    """What was asked for: a count, so many words of which the first is the folder, variables."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    first = int(asked[0]) + 1
    os.environb.clear()
    os.environb.update(pair.split(b"=", 1) for pair in asked[first:])
    time.tzset()
    folder, *words = map(os.fsdecode, asked[1:first])
    os.chdir(folder)
    sys.path[0] = folder
    sys.argv = [PACKAGE, *words]
    atexit.register(_tell, loaded, set(sys.modules))


def _tell(loaded: int, before: set[str]) -> None:
    os.write(loaded, "\n".join(name for name in sys.modules if name not in before).encode())


importlib.import_module(f"{PACKAGE}.entrypoints.cli.app")
gc.freeze()
if fork_for_all(sys.argv[1]):
    runpy.run_module(PACKAGE, run_name="__main__", alter_sys=True)
