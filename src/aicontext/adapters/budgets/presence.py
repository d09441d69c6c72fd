"""Whether a file holds budgets, found out without what it takes to use them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from aicontext.adapters.database import reason
from aicontext.domain.errors import Unavailable


def any_budget(path: Path) -> bool:
    """Whether the records in the file hold a budget. Raises Unavailable where that is not known."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(path, timeout=1.0)) as base:
            query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'budgets'"
            if base.execute(query).fetchone() is None:
                return False
            return base.execute("SELECT 1 FROM budgets LIMIT 1").fetchone() is not None
    except (sqlite3.Error, OSError) as error:
        raise Unavailable(
            f"The budgets in {path} cannot be read: {reason(error)}.",
            hint="Mend the file, restore a backup, or move it away: there are no budgets then.",
        ) from None
