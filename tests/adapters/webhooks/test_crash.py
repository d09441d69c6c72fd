"""What was acknowledged reaches its endpoint, whoever is killed meanwhile."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Lock

from servers.local_http import Handler, listening

from aicontext.settings import load
from aicontext.wiring.extension.webhooks import courier, webhook_service

SEND = """
from aicontext.integrations import webhooks
service = webhooks()
while True:
    print(service.send("run.done", {}), flush=True)
"""
DELIVER = """
from aicontext.wiring.extension.webhooks import courier
working = courier()
while working.deliver():
    pass
"""
MESSAGES = 20


def test_what_was_acknowledged_is_delivered_across_kills(tmp_path: Path) -> None:
    received: list[str] = []
    lock, reached, held = Lock(), Event(), Event()

    class Endpoint(Handler):
        def do_POST(self) -> None:
            with lock:
                received.append(self.headers["webhook-id"])
                third = len(received) == 3
            if third:
                reached.set()  # The courier is killed while it waits for this answer.
                held.wait(60)
            try:
                self.send_response(204)
                self.end_headers()
            except OSError:
                return

    told = {"AICONTEXT_HOME": str(tmp_path), "AICONTEXT_WEBHOOK_PRIVATE": "127.0.0.1"}
    settings = load(told)
    with listening(Endpoint) as server:
        service = webhook_service(settings)
        service.add("here", f"http://127.0.0.1:{server.server_port}/")
        acknowledged = _killed_after(SEND, told, MESSAGES)
        words = [sys.executable, "-c", DELIVER]
        with subprocess.Popen(words, env=os.environ | told) as delivering:
            assert reached.wait(60)
            delivering.send_signal(signal.SIGKILL)
        held.set()
        while courier(settings).deliver():
            pass
        # The one whose answer never came is sent again once its lease has run out.
        states = {one.message.id: str(one.state) for one in service.deliveries(limit=1000)}
        assert states.pop(received[2]) == "pending"
        assert set(states.values()) == {"delivered"}
        assert set(acknowledged) <= set(received)


def _killed_after(program: str, told: dict[str, str], lines: int) -> list[str]:
    """Whole lines that it printed before it was killed, at least so many."""
    words = [sys.executable, "-c", program]
    with subprocess.Popen(words, env=os.environ | told, stdout=subprocess.PIPE) as process:
        assert process.stdout
        found = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        found += process.stdout.readlines()
    return [line.decode().strip() for line in found if line.endswith(b"\n")]
