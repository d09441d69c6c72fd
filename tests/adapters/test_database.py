"""Databases of one user."""

from pathlib import Path

from aicontext.adapters.database import connected


def test_only_its_owner_may_read_it_or_its_logs(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    base = connected(folder / "some.db", timeout=1)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("CREATE TABLE kept (text TEXT)")
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    base.close()
    assert modes == {"some.db": 0o600, "some.db-wal": 0o600, "some.db-shm": 0o600}
