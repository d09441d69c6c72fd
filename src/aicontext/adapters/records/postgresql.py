"""Records in PostgreSQL."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aicontext.adapters.engines import postgresql_engine
from aicontext.adapters.records.sql import SqlRecords

_TENANT = "aicontext_tenant"
"""The role of a tenant's transactions, which row-level security holds to its own records."""


class PostgresqlRecords(SqlRecords):
    """A tenant's transaction runs as a role that the database itself holds to its organisation.

    url: postgresql://USER:PASSWORD@HOST/NAME. connections: that this process opens at most. Raises
    InvalidInput for an address that is none.
    """

    def __init__(self, url: str, connections: int = 10) -> None:
        super().__init__(postgresql_engine(url, "records", connections))

    async def _begin(
        self, connection: AsyncConnection, organisation: str | None, *, reading: bool
    ) -> None:
        if organisation is None:
            return
        await connection.execute(
            text(
                "SELECT set_config('role', :role, true), set_config('aicontext.tenant', :id, true)"
            ),
            {"role": _TENANT, "id": organisation},
        )
