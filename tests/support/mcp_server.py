"""The MCP server as a process that listens."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.port import held_port


@contextmanager
def over_http(home: Path) -> Iterator[str]:
    """A server on a port of its own; its address."""
    port = held_port()
    words = [sys.executable, "-m", "aicontext", "mcp", "--http", str(port)]
    environment = os.environ | {"AICONTEXT_HOME": str(home)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE) as server:
        try:
            for _ in range(600):
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            else:
                raise AssertionError("aicontext mcp did not start")
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.terminate()
