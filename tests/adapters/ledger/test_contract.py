"""What every ledger does, over all implementations."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aicontext.adapters.ledger.memory import MemoryLedger
from aicontext.adapters.ledger.sqlite import DAY, SqliteLedger
from aicontext.domain.errors import Unavailable
from aicontext.ports.stores.ledger import Ledger


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    kept = SqliteLedger(tmp_path / "ledger.db")
    yield kept
    kept.close()


def test_the_last_known_key_is_found(ledger: Ledger) -> None:
    ledger.note(b"a", b"1", 1.0)
    ledger.note(b"b", b"2", 2.0)
    assert ledger.find([b"a", b"b", b"c"]) == (1, b"2", 2.0)
    assert ledger.find([b"a", b"c"]) == (0, b"1", 1.0)
    assert ledger.find([b"c"]) is None
    assert ledger.find([]) is None


def test_a_later_note_replaces_an_earlier_one(ledger: Ledger) -> None:
    ledger.note(b"a", b"1", 1.0)
    ledger.note(b"a", b"2", 2.0)
    assert ledger.find([b"a"]) == (0, b"2", 2.0)


def test_long_conversations_are_looked_up_whole(ledger: Ledger) -> None:
    keys = [str(n).encode() for n in range(3_000)]
    ledger.note(keys[7], b"7", 1.0)
    assert ledger.find(keys) == (7, b"7", 1.0)


def test_sqlite_survives_kill_9(tmp_path: Path) -> None:
    program = (
        "import sys, os, signal, time; from pathlib import Path\n"
        "from aicontext.adapters.ledger.sqlite import SqliteLedger\n"
        "kept = SqliteLedger(Path(sys.argv[1]))\n"
        "for n in range(100): kept.note(str(n).encode(), b'x', float(n))\n"
        "other = SqliteLedger(Path(sys.argv[1]))\n"
        "while not other.find([b'99']): time.sleep(0.01)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    path = tmp_path / "ledger.db"
    done = subprocess.run([sys.executable, "-c", program, str(path)])
    assert done.returncode == -signal.SIGKILL
    kept = SqliteLedger(path)
    assert all(kept.find([str(n).encode()]) for n in range(100))
    kept.close()


def test_sqlite_knows_what_waits_to_be_committed_and_what_was(tmp_path: Path) -> None:
    kept = SqliteLedger(tmp_path / "ledger.db")
    for n in range(300):
        kept.note(b"%d" % n, b"%d" % n, 1.0)
        assert kept.find([b"%d" % max(n - 9, 0), b"%d" % n, b"x"]) == (1, b"%d" % n, 1.0)
        assert kept.find([b"%d" % (n // 2), b"x"]) == (0, b"%d" % (n // 2), 1.0)
    kept.close()
    again = SqliteLedger(tmp_path / "ledger.db")
    assert again.find([b"%d" % n for n in range(300)]) == (299, b"299", 1.0)
    again.close()


def test_sqlite_forgets_what_no_provider_holds(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    for key, at in ((b"old", 0.0), (b"new", DAY + 1)):
        kept = SqliteLedger(path)
        kept.note(key, b"", at)
        kept.close()
    kept = SqliteLedger(path)
    assert kept.find([b"new"]) is not None
    assert kept.find([b"old"]) is None
    kept.close()


def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"no database" * 1000)
    kept = SqliteLedger(path)
    with pytest.raises(Unavailable, match="may be lost"):
        kept.find([b"a"])
    kept.note(b"a", b"1", 1.0)
    kept.close()
    with pytest.raises(Unavailable, match="may be lost"):
        kept.find([b"a"])
