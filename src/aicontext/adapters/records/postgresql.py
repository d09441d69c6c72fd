"""Records in PostgreSQL."""

from __future__ import annotations

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from aicontext.adapters.records.sql import SqlRecords
from aicontext.domain.errors import InvalidInput

_PATIENCE = 10.0
"""Seconds that a connection, or a statement, may take."""

_TENANT = "aicontext_tenant"
"""The role of a tenant's transactions, which row-level security holds to its own records."""


class PostgresqlRecords(SqlRecords):
    """A tenant's transaction runs as a role that the database itself holds to its organisation.

    url: postgresql://USER:PASSWORD@HOST/NAME. connections: that this process opens at most. Raises
    InvalidInput for an address that is none.
    """

    def __init__(self, url: str, connections: int = 10) -> None:
        try:
            address = make_url(url).set(drivername="postgresql+asyncpg")
        except ArgumentError:
            raise InvalidInput(
                "The records' address is none.", hint="Give postgresql://USER@HOST/NAME."
            ) from None
        super().__init__(
            create_async_engine(
                address,
                connect_args={
                    "timeout": _PATIENCE,
                    "command_timeout": _PATIENCE,
                    "server_settings": {"idle_in_transaction_session_timeout": "60000"},
                },
                pool_size=connections,
                max_overflow=0,
                pool_timeout=_PATIENCE,
                pool_pre_ping=True,
            )
        )

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
