"""`aicontext serve --services webhooks` as a process, beside those that send."""

import json
import os
import signal
import subprocess
import sys
from http.server import HTTPServer
from pathlib import Path
from threading import Thread

from servers.local_http import Handler
from standardwebhooks import Webhook

from aicontext.domain.extension.webhooks import State
from aicontext.settings import load
from aicontext.wiring.extension.webhooks import webhook_service


class Receiver(Handler):
    got: tuple[dict[str, str], bytes]

    def do_POST(self) -> None:
        type(self).got = dict(self.headers), self.body()
        self.send_response(204)
        self.end_headers()


def test_what_one_process_sends_another_delivers(tmp_path: Path) -> None:
    told = {"AICONTEXT_HOME": str(tmp_path), "AICONTEXT_WEBHOOK_PRIVATE": "127.0.0.1"}
    service = webhook_service(load(told))
    words = [sys.executable, "-m", "aicontext", "serve", "--services", "webhooks", "--json"]
    with (
        HTTPServer(("127.0.0.1", 0), Receiver) as server,
        subprocess.Popen(words, env=os.environ | told, stdout=subprocess.PIPE) as serving,
    ):
        assert serving.stdout
        assert "outbox" in serving.stdout.readline().decode()
        listening = Thread(target=server.handle_request)
        listening.start()
        secret = service.add("here", f"http://127.0.0.1:{server.server_port}/hook")
        sent = service.send("run.done", {"n": 1})
        listening.join(60)
        assert not listening.is_alive()
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(60) == 0
    headers, body = Receiver.got
    assert Webhook(secret).verify(body, headers) == json.loads(body)
    (delivered,) = service.deliveries()
    assert (delivered.message.id, delivered.state) == (sent, State.DELIVERED)
