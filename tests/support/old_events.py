"""Records of usage events as earlier releases wrote them."""

import sqlite3
from contextlib import closing
from pathlib import Path


def of_schema(version: int, path: Path) -> None:
    """Takes out of the record what later schemas than this one brought."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("ALTER TABLE usage DROP COLUMN correction")
        if version < 8:
            base.execute("DROP TABLE ledger")
        if version < 7:
            base.execute("DROP VIEW user_daily_stats")
            for table in ("usage_days", "usage_sessions", "usage_hours", "optimization_metrics"):
                base.execute(f"DROP TABLE {table}")
        if version < 6:
            base.execute("ALTER TABLE usage DROP COLUMN quote")
        if version < 5:
            for table in ("usage", "hooks"):
                for name in ("organisation", "team", "user"):
                    base.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
        if version < 3:
            base.executescript("DROP TABLE lost; DROP TABLE hooks;")
        base.execute(f"PRAGMA user_version = {version}")
