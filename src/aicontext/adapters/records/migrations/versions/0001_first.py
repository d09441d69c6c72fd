"""first tables"""

from aicontext.adapters.records.migrations.script import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run("0001_first")
