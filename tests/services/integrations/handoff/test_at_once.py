"""Processes that take sessions in at once, one of them killed: what was told to be kept is."""

import signal
import subprocess
import sys
from pathlib import Path

from aicontext.adapters.session_states.sqlite import SqliteSessionStates
from aicontext.domain.sessions.state import About

CHILD = """
import sys
from pathlib import Path
from aicontext.adapters.archive.memory import MemoryArchive
from aicontext.adapters.session_states.sqlite import SqliteSessionStates
from aicontext.domain.messages import Message, Role
from aicontext.domain.transcripts import Session, Turn
from aicontext.engine.state.extract import facts
from aicontext.services.integrations.handoff.service import HandoffService
path, name, amount = sys.argv[1:]
service = HandoffService(
    None, SqliteSessionStates(Path(path)), MemoryArchive(), files=None, secrets=None
)
turns = ()
for number in range(int(amount)):
    turns += (Turn(1.0 + number, (Message(Role.USER, f"{name} asks {number}."),)),)
    session = Session("claude-code", name, "/p", turns)
    service.taken_in(session, "/p", facts(session))
    print(number, flush=True)
"""


def started(path: Path, name: str, amount: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", CHILD, str(path), name, str(amount)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_nothing_that_was_kept_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    told: set[str] = set()
    with started(path, "one", 6) as one, started(path, "two", 10_000) as two:
        assert one.stdout
        assert two.stdout
        for _ in range(4):
            told.add(f"two asks {int(two.stdout.readline())}.")
        two.send_signal(signal.SIGKILL)
        told |= {f"two asks {line}." for line in two.stdout.read().split()}
        told |= {f"one asks {line}." for line in one.stdout.read().split()}
    assert {f"one asks {number}." for number in range(6)} <= told
    last = SqliteSessionStates(path).latest("/p")
    assert last
    kept = {fact.value for fact in last.state.about(About.REQUEST)}
    assert told <= kept
    assert len(kept - told) <= 1
