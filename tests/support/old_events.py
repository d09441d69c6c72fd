"""Records of usage events as earlier releases wrote them."""

import sqlite3
from contextlib import closing
from pathlib import Path

_WITHOUT_KEYS = """
ALTER TABLE usage DROP COLUMN key;
ALTER TABLE usage_sessions RENAME TO told_apart;
CREATE TABLE usage_sessions AS SELECT at, organisation, team, user, project, tool, session,
    upstream, model, outcome, SUM(calls) AS calls, SUM(failed) AS failed,
    SUM(direct_tokens) AS direct_tokens,
    SUM(sent_tokens) AS sent_tokens, SUM(reported) AS reported, SUM(input) AS input,
    SUM(cache_read) AS cache_read, SUM(cache_write) AS cache_write,
    SUM(cache_write_1h) AS cache_write_1h, SUM(output) AS output,
    SUM(predicted_read) AS predicted_read, SUM(priced) AS priced, SUM(cost) AS cost,
    SUM(direct_cost) AS direct_cost
    FROM told_apart GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
DROP TABLE told_apart;
"""


def of_schema(version: int, path: Path) -> None:
    """Takes out of the record what later schemas than this one brought."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.executescript(_WITHOUT_KEYS)
        if version < 9:
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
