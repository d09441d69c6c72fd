"""identity

No release wrote keys or sessions before this step: their tables are made anew.
"""

from aicontext.adapters.records.migrations.script import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run("0002_identity")
