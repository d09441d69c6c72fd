"""Schemathesis over the contract: valid, invalid and in sequences.

A few seconds of it; `make test-contract` takes minutes.
"""

import os
import subprocess
import sys
from pathlib import Path

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
HERE = ("/api/v1/context/packs", "/api/v1/integrations/sync")
"""These would read and write files of this machine."""


def test_the_server_keeps_its_contract(api, tmp_path) -> None:
    given = os.environ.get("AICONTEXT_TEST_CONTRACT_SECONDS")
    short = ("--phases", "fuzzing,stateful", "--max-examples", "2")
    command = [
        *(Path(sys.executable).with_name("schemathesis"), "run", f"{api.url}/openapi.json"),
        *("--checks", ",".join(CHECKS), "--max-time", given or "8", "--seed", "1"),
        *("--request-timeout", "120", "--suppress-health-check", "all"),
        *(() if given else short),
        *(word for path in HERE for word in ("--exclude-path", path)),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-8000:]
