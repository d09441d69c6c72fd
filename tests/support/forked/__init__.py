"""`aicontext` without most of its start, which is most of what a short command takes.

A process beside the tests loads what commands load and forks for each of them. What is forked has
the streams, environment, folder and end of whoever asked for it, and runs `__main__` as Python
does. What differs is all that comes before: tests of that, of signals, and of commands that stay
start Python themselves.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent


@contextmanager
def forked(folder: Path) -> Iterator[tuple[str, ...]]:
    """The words that stand for `python -m aicontext`. folder: of a socket, so its path is short."""
    door = str(folder / "door")
    words = [sys.executable, str(HERE / "forking.py"), door]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield sys.executable, "-I", "-S", str(HERE / "asking.py"), door
        process.communicate()
