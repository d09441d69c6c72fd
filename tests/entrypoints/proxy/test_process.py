"""The proxy as a process that may be killed at any moment."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from servers.redis import Redis
from waiting import PATIENCE, until

from aicontext.adapters.events.sqlite import SqliteEvents

KEY = "sk-ant-HIDDEN-0123456789"
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}).encode()


class _Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"usage":{"input_tokens":7,"output_tokens":3}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *given: object) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a message bus; "" where one process does all."""
    if not request.param:
        yield ""
        return
    server = Redis(tmp_path, durable=True)
    server.start()
    yield server.url
    server.kill()


@pytest.mark.parametrize(
    ("number", "bus"),
    [(signal.SIGKILL, ""), (signal.SIGTERM, ""), (signal.SIGKILL, "redis")],
    indirect=["bus"],
)
def test_what_was_acknowledged_outlives_the_process(
    tmp_path: Path, upstream: int, number: signal.Signals, bus: str
) -> None:
    environment = {
        **os.environ,
        "AICONTEXT_HOME": str(tmp_path / "home"),
        "AICONTEXT_BUS": bus,
        "AICONTEXT_UPSTREAMS": f"anthropic=http://127.0.0.1:{upstream}",
    }
    command = [sys.executable, "-m", "aicontext", "proxy", "--port", "0", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        assert process.stdout
        port = int(json.loads(process.stdout.readline())["listening"].rpartition(":")[2])
        answered = sum(_call(port) for _ in range(20))
        acknowledged = _committed(port, least=20)
        threads = [threading.Thread(target=_calls, args=(port,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.2)
        if number == signal.SIGKILL:
            acknowledged = max(acknowledged, _committed(port))
        process.send_signal(number)
        output = b"".join(process.communicate(timeout=PATIENCE))
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
    assert answered == 20
    if bus:
        _ingested(environment, tmp_path / "home/usage.db", acknowledged)
    kept = list(SqliteEvents(tmp_path / "home/usage.db").since(0))
    assert len(kept) >= max(acknowledged, 20 * (number == signal.SIGTERM))
    assert process.returncode == (0 if number == signal.SIGTERM else -signal.SIGKILL)
    files = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert KEY.encode() not in files + output


def test_a_terminal_that_is_held_up_keeps_no_event_from_the_record(
    tmp_path: Path, upstream: int
) -> None:
    environment = {
        **os.environ,
        "AICONTEXT_HOME": str(tmp_path / "home"),
        "AICONTEXT_UPSTREAMS": f"anthropic=http://127.0.0.1:{upstream}",
    }
    command = [sys.executable, "-m", "aicontext", "proxy", "--port", "0", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        port = int(json.loads(process.stdout.readline())["listening"].rpartition(":")[2])
        calls = 200
        assert sum(_call(port) for _ in range(calls)) == calls
        assert _committed(port, least=calls) == calls
        process.terminate()
        lines = process.communicate(timeout=PATIENCE)[0].splitlines()
    assert len(lines) == calls + 1
    assert json.loads(lines[-1])["recorded"]["committed"] == calls


def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "aicontext", "proxy", "--port", port],
            env={**os.environ, "AICONTEXT_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port} (address already in use)." in done.stderr
    assert "if our proxy runs there" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Unclosed" not in done.stderr


@pytest.mark.parametrize("patient", [False, True])
def test_the_first_signal_waits_for_calls_and_the_second_cuts_them(tmp_path: Path, patient) -> None:
    arrived, gate = threading.Event(), threading.Event()

    class Slow(_Upstream):
        def do_POST(self) -> None:
            arrived.set()
            gate.wait(60)
            super().do_POST()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "AICONTEXT_HOME": str(tmp_path / "home"),
        "AICONTEXT_PORT": "0",
        "AICONTEXT_UPSTREAMS": f"anthropic=http://127.0.0.1:{server.server_address[1]}",
    }
    command = [sys.executable, "-m", "aicontext", "serve", "--services", "proxy", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        assert process.stdout
        assert process.stderr
        port = int(json.loads(process.stdout.readline())["listening"].rpartition(":")[2])
        answers: list[bool] = []
        caller = threading.Thread(target=lambda: answers.append(_call(port)))
        caller.start()
        assert arrived.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        assert b"Ctrl-C again" in process.stderr.readline()
        assert process.poll() is None
        if patient:
            gate.set()
        else:
            process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
        caller.join(PATIENCE)
    gate.set()
    server.shutdown()
    server.server_close()
    assert process.returncode == 0
    assert answers == [patient]
    assert json.loads(output.splitlines()[-1])["total"]["calls"] == 1


def test_an_unknown_service_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aicontext", "serve", "--services", "proxy,mail"],
        env={**os.environ, "AICONTEXT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "There is no service 'mail'." in done.stderr


def _ingested(environment: Mapping[str, str], path: Path, least: int) -> None:
    """Has a process of its own bring what is on the bus into the store."""
    command = [sys.executable, "-m", "aicontext", "worker", "--services", "ingest"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as worker:
        assert worker.stdout
        worker.stdout.readline()
        until(lambda: sum(1 for _ in SqliteEvents(path).since(0)) >= least)
        worker.send_signal(signal.SIGTERM)
    assert worker.returncode == 0


def _call(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/v1/messages", BODY, {"x-api-key": KEY})
        return connection.getresponse().read() != b""
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _calls(port: int) -> None:
    while _call(port):
        pass


def _committed(port: int, least: int = 0) -> int:
    """Events that are said to be kept, once it is at least so many."""

    def found() -> int:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/aicontext/health")
        told = json.loads(connection.getresponse().read())
        connection.close()
        return int(told["events"]["committed"])

    until(lambda: found() >= least)
    return found()
