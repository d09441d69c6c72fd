"""One proxy and one provider for the tests of a module, and what those in Node need."""

import fcntl
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.stand import Stand, stand

SOURCE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def shared_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture(name="stand")
def own_stand(shared_stand: Stand, request: pytest.FixtureRequest) -> Stand:
    """The module's, with the test as the project of its calls."""
    shared_stand.project = re.sub(r"\W+", "-", request.node.name)
    shared_stand.provider.faults.clear()
    return shared_stand


@pytest.fixture(scope="session")
def node() -> Path:
    """A folder with the scripts and what they need, made once for a lock file."""
    if not shutil.which("node"):
        pytest.skip("Node is not installed.")
    folder = Path(sys.prefix) / "node-clients"
    folder.mkdir(exist_ok=True)
    with (folder / "busy").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        wanted = (SOURCE / "package-lock.json").read_text()
        done = folder / "installed.json"
        if not done.exists() or done.read_text() != wanted:
            done.unlink(missing_ok=True)
            shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
            words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(words, cwd=folder, check=True, timeout=300, stdin=subprocess.DEVNULL)
            done.write_text(wanted)
        shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
    return folder
