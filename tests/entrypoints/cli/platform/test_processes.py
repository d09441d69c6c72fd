"""The same use of the platform, in one process and in several on servers."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from servers.moto import Moto
from servers.postgresql import Postgresql
from servers.redis import Redis
from waiting import PATIENCE, until

Run = Callable[..., subprocess.CompletedProcess[str]]

CALLS = 3


@dataclass
class Platform:
    """proxy, api: where they listen. environment: for commands."""

    proxy: str
    api: str
    environment: Mapping[str, str]
    processes: list["subprocess.Popen[str]"]

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        parts = urlsplit(self.api)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        headers = {"content-type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read() or b"null")
        connection.close()
        return found


@pytest.fixture(params=["one process", "a process each"])
def platform(
    request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path
) -> Iterator[Platform]:
    own = environment | {"AICONTEXT_PORT": "0", "AICONTEXT_API_PORT": "0"}
    if request.param == "one process":
        groups = [["serve", "--services", "proxy,api"]]
    else:
        own |= _servers(request, tmp_path)
        subprocess.run(
            [sys.executable, "-m", "aicontext", "storage", "migrate"],
            env=own,
            check=True,
            capture_output=True,
        )
        groups = [
            ["serve", "--services", "proxy"],
            ["serve", "--services", "api"],
            ["worker", "--services", "relay,ingest"],
        ]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "aicontext", *words, "--json"],
            env=own,
            stdout=subprocess.PIPE,
            text=True,
        )
        for words in groups
    ]
    told: dict[str, str] = {}
    for process, words in zip(processes, groups, strict=True):
        assert process.stdout
        for _ in words[2].split(","):
            told |= json.loads(process.stdout.readline())
    yield Platform(told["listening"], told["api"], own, processes)
    for process in processes:
        process.kill()
        process.communicate()


def _servers(request: pytest.FixtureRequest, folder: Path) -> dict[str, str]:
    moto: Moto = request.getfixturevalue("moto")
    postgresql: Postgresql = request.getfixturevalue("postgresql")
    redis: Redis = request.getfixturevalue("redis")
    access = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=moto.url, region_name="us-east-1", **access)
    bucket = f"processes-{time.time_ns()}"
    client.create_bucket(Bucket=bucket)
    client.close()
    records = postgresql.database()
    return {
        **{name.upper(): value for name, value in access.items()},
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT": moto.url,
        "AICONTEXT_RECORDS": records,
        "AICONTEXT_BUS": records,
        "AICONTEXT_CACHE": redis.url,
        "AICONTEXT_BLOBS": f"s3://{bucket}",
    }


def test_calls_are_forwarded_counted_and_told(platform: Platform, command: Run, tool: Any) -> None:
    port = str(urlsplit(platform.proxy).port)
    more = {**platform.environment, "AICONTEXT_PORT": port}
    done = command("run", "--project", "shop", *tool(CALLS, 0), **more)
    assert done.stdout.splitlines() == ["It is the rounding."] * CALLS, done.stderr

    def used() -> Any:
        return json.loads(command("usage", "--by", "project", "--json", **more).stdout)

    until(lambda: used()["total"]["calls"] == CALLS)
    found = used()
    assert found["total"]["sent_tokens"] < found["total"]["direct_tokens"]
    log = "".join(f"12:00:{n % 60:02d} INFO worker {n} took a job\n" for n in range(800))
    status, made = platform.ask(
        "POST", "/api/v1/context/optimize", {"context": log, "budget": 400, "model": "gpt-4o"}
    )
    assert status == 200, made
    assert made["optimized_tokens"] <= 400
    handle = made["optimizations"][0]["handle"]
    assert command("retrieve", handle, **more).stdout == log
    status, team = platform.ask(
        "POST", "/api/v1/enterprise/teams", {"name": "Core", "slug": "core"}
    )
    assert status == 201, team
    status, teams = platform.ask("GET", "/api/v1/enterprise/teams")
    assert [one["slug"] for one in teams["items"]] == ["core"]
    assert platform.ask("GET", "/ready")[0] == 200
    for process in platform.processes:
        process.send_signal(signal.SIGTERM)
    assert [process.wait(PATIENCE) for process in platform.processes] == [0] * len(
        platform.processes
    )
