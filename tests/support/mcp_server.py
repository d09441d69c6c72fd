"""The MCP server as a process that listens."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.port import held_port, listens
from waiting import until


@contextmanager
def over_http(home: Path) -> Iterator[str]:
    """A server on a port of its own; its address."""
    port = held_port()
    words = [sys.executable, "-m", "aicontext", "mcp", "--http", str(port)]
    environment = os.environ | {"AICONTEXT_HOME": str(home)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE) as server:
        try:
            until(lambda: listens(port))
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            server.terminate()
