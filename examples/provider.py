"""A model provider on this machine that costs nothing, for as long as a command runs.

    python3 examples/provider.py aicontext run python3 examples/agent.py

It answers like Anthropic's Messages API: always the same words, but with an honest account of
which tokens it would have read from its prompt cache. The proxy is told to use it.
"""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

CACHE: set[str] = set()


def usage(request: dict[str, object]) -> dict[str, int]:
    """Tokens by price: a prefix that was sent before is read, the rest is written."""
    prefix, read, written = "", 0, 0
    for message in [request.get("tools"), request.get("system"), *request["messages"]]:  # type: ignore[misc]
        piece = json.dumps(message)
        prefix += piece
        if prefix in CACHE:
            read += len(piece) // 4
        else:
            CACHE.add(prefix)
            written += len(piece) // 4
    return {
        "input_tokens": 4,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        "output_tokens": 9,
    }


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = {
            "id": "msg_example",
            "type": "message",
            "role": "assistant",
            "model": request["model"],
            "content": [{"type": "text", "text": "On it."}],
            "stop_reason": "end_turn",
            "usage": usage(request),
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        told = {"AICONTEXT_UPSTREAMS": f"anthropic={address}", "AICONTEXT_PORT": "1"}
        status = subprocess.run(sys.argv[1:], env={**os.environ, **told}).returncode
        server.shutdown()
    sys.exit(status)
