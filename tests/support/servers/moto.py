"""Moto's stand-in for S3 and AWS KMS, as the tests start it."""

from __future__ import annotations

from moto.server import ThreadedMotoServer


class Moto:
    """A server in a thread of this process, on a port of this machine."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"

    def stop(self) -> None:
        self._server.stop()
