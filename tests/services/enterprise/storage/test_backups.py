"""Backups of a home that is being used, and back."""

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aicontext.adapters.archive.sqlite import SqliteArchive
from aicontext.adapters.blobs.folder import FolderObjects
from aicontext.adapters.blobs.sealed import SealedBlobs
from aicontext.adapters.home.folder import HomeFolder
from aicontext.adapters.keys.passphrase import PassphraseKeys
from aicontext.adapters.keys.ring import KeyRing
from aicontext.domain.errors import AiContextError, InvalidInput, NotFound, Unavailable
from aicontext.kit.clock import CLOCK
from aicontext.kit.ids import time_ordered
from aicontext.services.enterprise.storage.backups import Backups


def backups(root: Path, *, secret: str = "", home: str = "home", engine: str = "") -> Backups:
    blobs = SealedBlobs(
        FolderObjects(root / "target"),
        PassphraseKeys(secret) if secret else KeyRing(root / "keys.json"),
        root / "spool",
        clock=CLOCK,
        new_id=time_ordered,
    )
    folder = HomeFolder(root / home, root / engine if engine else None)
    return Backups(folder, blobs, release="0.1", clock=CLOCK, new_id=time_ordered)


def contents(home: Path) -> dict[str, bytes]:
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in home.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "connections").mkdir(parents=True)
    (home / "connections" / "codex.json").write_text('{"tool": "codex"}')
    (home / "empty").write_bytes(b"")
    (home / "large").write_bytes(random.Random(1).randbytes(3 * 2**20 + 5))
    (home / "large").chmod(0o600)
    (home / "repositories" / "x").mkdir(parents=True)
    (home / "repositories" / "x" / "segment").write_bytes(b"made again")
    (home / "usage.db-wal").write_bytes(b"passing")
    SqliteArchive(home / "archive.db", 2**20).put("an original", "another")
    return tmp_path


def test_a_backup_brings_back_what_was_there(root: Path) -> None:
    made = asyncio.run(backups(root).make(None))
    before = contents(root / "home")
    names = {file.name for file in made.backup.files}
    assert names == {"connections/codex.json", "empty", "large", "archive.db"}
    for path in (root / "home").rglob("*"):
        if path.is_file():
            path.unlink()
    (root / "home" / "later").write_text("new")
    done = asyncio.run(backups(root).restore("", None))
    after = contents(root / "home")
    assert {name: before[name] for name in names - {"archive.db"}} == {
        name: after[name] for name in names - {"archive.db"}
    }
    assert after.keys() == names
    assert (root / "home" / "large").stat().st_mode & 0o777 == 0o600
    assert SqliteArchive(root / "home" / "archive.db", 2**20).size()[0] == 2
    assert (Path(done.former) / "later").read_text() == "new"


@pytest.mark.parametrize("name", ["archive.db", "connections"])
def test_what_a_link_leads_to_is_not_missed_in_silence(root: Path, name: str) -> None:
    elsewhere = (root / "home" / name).rename(root / name)
    (root / "home" / name).symlink_to(elsewhere)
    with pytest.raises(InvalidInput, match=f"{name} is a link"):
        asyncio.run(backups(root).make(None))


def test_a_home_behind_a_link_comes_back_behind_it(root: Path) -> None:
    (root / "link").symlink_to("home")
    asyncio.run(backups(root, home="link").make(None))
    (root / "home" / "empty").unlink()
    asyncio.run(backups(root, home="link").restore("", None))
    assert (root / "link").readlink() == Path("home")
    assert (root / "home" / "empty").exists()


def test_only_what_changed_is_written_again(root: Path) -> None:
    first = asyncio.run(backups(root).make(None))
    assert first.added == first.backup.size
    assert asyncio.run(backups(root).make(None)).added == 0
    with (root / "home" / "large").open("r+b") as file:
        file.seek(2**20)
        file.write(b"changed")
    assert asyncio.run(backups(root).make(None)).added == 2**20
    with (root / "home" / "large").open("ab") as file:
        file.write(b"more")
    assert asyncio.run(backups(root).make(None)).added == 9
    assert len(asyncio.run(backups(root).all())) == 4


def test_a_damaged_database_takes_no_sound_backups_place(root: Path) -> None:
    asyncio.run(backups(root).make(None))
    path = root / "home" / "archive.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[-4096:-3000] = b"x" * 1096
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"archive\.db is damaged"):
        asyncio.run(backups(root).make(None))
    assert len(asyncio.run(backups(root).all())) == 1


def test_each_backup_can_be_restored(root: Path) -> None:
    (root / "home" / "note").write_text("one")
    first = asyncio.run(backups(root).make(None)).backup
    (root / "home" / "note").write_text("two")
    asyncio.run(backups(root).make(None))
    asyncio.run(backups(root).restore(first.id, None))
    assert (root / "home" / "note").read_text() == "one"
    asyncio.run(backups(root).restore("", None))
    assert (root / "home" / "note").read_text() == "two"
    with pytest.raises(NotFound):
        asyncio.run(backups(root).restore("f" * 32, None))


def test_old_backups_go_and_what_newer_ones_need_stays(root: Path) -> None:
    large = root / "home" / "large"
    for number in range(4):
        large.write_bytes(large.read_bytes()[: 2**20] + random.Random(10 + number).randbytes(2**20))
        asyncio.run(backups(root).make(None))
    held = len(contents(root / "target"))
    assert asyncio.run(backups(root).keep(2)) == 2
    assert len(contents(root / "target")) == held - 4
    for backup in asyncio.run(backups(root).all()):
        asyncio.run(backups(root).verify(backup.id, None))
    assert asyncio.run(backups(root).keep(5)) == 0


def test_a_file_in_use_is_copied_as_it_is_at_one_moment(root: Path) -> None:
    """A writer moves money between two rows all the time; in each copy the sum is right."""
    path = root / "home" / "usage.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE t (k INTEGER PRIMARY KEY, v INTEGER)")
        base.executemany("INSERT INTO t VALUES (?, 100)", [(k,) for k in range(1000)])
        base.commit()
    stop = threading.Event()

    def write() -> None:
        chance = random.Random(0)
        with closing(sqlite3.connect(path, timeout=10)) as base:
            while not stop.is_set():
                one, other = chance.sample(range(1000), 2)
                base.execute("UPDATE t SET v = v - 1 WHERE k = ?", (one,))
                base.execute("UPDATE t SET v = v + 1 WHERE k = ?", (other,))
                base.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(3):
            asyncio.run(backups(root).make(None))
    finally:
        stop.set()
        writer.join()
    for number, backup in enumerate(asyncio.run(backups(root).all())):
        asyncio.run(backups(root, home=f"copy{number}").restore(backup.id, None))
        with closing(sqlite3.connect(root / f"copy{number}" / "usage.db")) as base:
            assert base.execute("SELECT sum(v) FROM t").fetchone() == (100_000,)


def test_another_passphrase_neither_reads_nor_writes(root: Path) -> None:
    made = asyncio.run(backups(root, secret="sesame").make(None))
    assert asyncio.run(backups(root, secret="sesame").verify("", None)) == made.backup
    held = contents(root / "target")
    for work in (
        backups(root, secret="other").verify("", None),
        backups(root, secret="other").restore("", None),
        backups(root, secret="other").make(None),
    ):
        with pytest.raises(InvalidInput, match="passphrase"):
            asyncio.run(work)
    assert contents(root / "target") == held


def damages(target: Path) -> Iterator[str]:
    """Damages the target's files one after another, and mends each again."""
    for path in sorted(path for path in target.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        for name, damaged in (
            ("gone", None),
            ("cut", whole[:-1]),
            ("empty", b""),
            ("flipped", whole[:-20] + bytes((whole[-20] ^ 1,)) + whole[-19:]),
        ):
            path.unlink()
            if damaged is not None:
                path.write_bytes(damaged)
            yield f"{path.name} {name}"
            path.write_bytes(whole)


def test_damage_is_found_and_the_home_left_alone(root: Path) -> None:
    (root / "home" / "large").unlink()
    asyncio.run(backups(root).make(None))
    before = contents(root / "home")
    for damage in damages(root / "target"):
        for work in (backups(root).verify("", None), backups(root).restore("", None)):
            with pytest.raises(AiContextError):
                asyncio.run(work)
            assert contents(root / "home") == before, damage
    asyncio.run(backups(root).verify("", None))


def test_a_damaged_database_is_found(root: Path) -> None:
    archive = root / "home" / "archive.db"
    whole = archive.read_bytes()
    archive.write_bytes(whole[:100] + b"\xff" * 3000 + whole[3100:])

    async def go() -> None:
        await backups(root).make(None)
        await backups(root).verify("", None)

    with pytest.raises(AiContextError):
        asyncio.run(go())


MAKE = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_backups import backups
import asyncio
print("go", flush=True)
asyncio.run(backups(Path(sys.argv[1])).make(None))
"""


@pytest.mark.parametrize("seed", range(6))
def test_a_backup_that_is_killed_harms_no_other(root: Path, seed: int) -> None:
    first = asyncio.run(backups(root).make(None)).backup
    (root / "home" / "large").write_bytes(random.Random(9).randbytes(8 * 2**20))
    command = [sys.executable, "-c", MAKE, str(root), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0.05, 0.5))
        process.send_signal(signal.SIGKILL)
    asyncio.run(backups(root).verify(first.id, None))
    asyncio.run(backups(root).make(None))
    asyncio.run(backups(root).keep(1))
    asyncio.run(backups(root).verify("", None))


RESTORE = """
import asyncio, os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_backups import backups

seen = 0

def die(event, args):
    global seen
    if event == sys.argv[3] and (event == "os.rename" or ".restoring/" in str(args[0])):
        seen += 1
        if seen == int(sys.argv[4]):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(die)
asyncio.run(backups(Path(sys.argv[1])).restore("", None))
"""


@pytest.mark.parametrize(
    ("moment", "number"), [("open", 1), ("open", 5), ("os.rename", 1), ("os.rename", 2)]
)
def test_a_restore_that_is_killed_is_done_again(root: Path, moment: str, number: int) -> None:
    asyncio.run(backups(root).make(None))
    (root / "home" / "later").write_text("new")
    before = contents(root / "home")
    given = [str(root), str(Path(__file__).parent), moment, str(number)]
    done = subprocess.run([sys.executable, "-c", RESTORE, *given], stderr=subprocess.PIPE)
    assert done.returncode == -signal.SIGKILL, done.stderr
    aside = (moment, number) == ("os.rename", 2)
    assert (root / "home").exists() is not aside
    assert contents(root / ("home.before-1" if aside else "home")) == before
    asyncio.run(backups(root).restore("", None))
    assert "later" not in contents(root / "home")
    assert contents(root / "home").keys() == {
        "connections/codex.json", "empty", "large", "archive.db",
    }  # fmt: skip
    assert not (root / ".home.restoring").exists()


def test_two_restores_at_once_do_not_mix(root: Path) -> None:
    asyncio.run(backups(root).make(None))
    before = contents(root / "home")
    with HomeFolder(root / "home").replaced():
        with pytest.raises(Unavailable, match="being restored by another"):
            asyncio.run(backups(root).restore("", None))
        assert contents(root / "home") == before


def test_nothing_to_back_up_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing to back up"):
        asyncio.run(backups(tmp_path).make(None))
    with pytest.raises(NotFound, match="no such backup"):
        asyncio.run(backups(tmp_path).restore("", None))


ENGINE = """
import sys
from aicontext.adapters.events.clickhouse.store import ClickHouseEvents
from aicontext.domain.analytics.usage import UsageQuery
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
store = ClickHouseEvents(sys.argv[1])
told = ("p", "u", "m", 200, Outcome.UNCHANGED)
store.append([UsageEvent(name, 1.0, Caller(), *told) for name in sys.argv[2:]])
(row,) = store.usage(UsageQuery())
print(row.sums.calls, *(event.id for event in store.since(0)), flush=True)
sys.stdin.read()
"""


def test_an_engine_in_the_home_comes_back_and_one_that_is_open_or_elsewhere_is_refused(
    root: Path,
) -> None:
    folder = root / "home" / "events"

    def opened(*ids: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", ENGINE, f"chdb://{folder}", *ids]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with opened("a", "b") as run:
        assert run.stdout
        assert run.stdout.readline() == "2 a b\n"
        with pytest.raises(Unavailable, match="in use by another process"):
            asyncio.run(backups(root, engine="home/events").make(None))
        run.communicate()
    (root / "link").symlink_to(root / "home")
    asyncio.run(backups(root, home="link", engine="home/events").make(None))
    for file in (folder / "store").rglob("*.bin"):
        file.write_bytes(b"x" * file.stat().st_size)
    asyncio.run(backups(root, engine="home/events").restore("", None))
    with opened("c") as run:
        assert run.communicate()[0] == "3 a b c\n"
    folder.rename(root / "elsewhere")
    with pytest.raises(InvalidInput, match="outside of"):
        asyncio.run(backups(root, engine="elsewhere").make(None))
