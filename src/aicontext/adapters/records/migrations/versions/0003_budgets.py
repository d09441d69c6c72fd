"""budgets"""

from aicontext.adapters.records.migrations.script import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run("0003_budgets")
