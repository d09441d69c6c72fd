"""The tables, a kind of record each; columns are named as the fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from aicontext.adapters.records.columns import Id, Time, Values, Words
from aicontext.domain.storage import records
from aicontext.domain.storage.records import Record

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _table(name: str, *parts: SchemaItem) -> Table:
    return Table(
        name,
        METADATA,
        Column("id", Id, primary_key=True),
        Column("organisation", Id, nullable=False),
        Column("created_at", Time, nullable=False),
        Column("version", Integer, nullable=False),
        UniqueConstraint("organisation", "id"),
        *parts,
    )


def _owned(name: str, *parts: SchemaItem) -> Table:
    """A table of records that go with their organisation."""
    to = ForeignKeyConstraint(["organisation"], ["organisations.id"], ondelete="CASCADE")
    return _table(name, to, *parts)


def _of(column: str, table: str, *, ondelete: str = "CASCADE") -> ForeignKeyConstraint:
    """To a record of the same organisation."""
    return ForeignKeyConstraint(
        ["organisation", column], [f"{table}.organisation", f"{table}.id"], ondelete=ondelete
    )


def _text(name: str, length: int) -> Column[str]:
    return Column(name, String(length), nullable=False)


def _id(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, Id, nullable=optional)


def _time(name: str, *, optional: bool = False) -> Column[datetime]:
    return Column(name, Time, nullable=optional)


TABLES: Mapping[type[Record], Table] = {
    records.Organisation: _table(
        "organisations", _text("name", 200), _text("slug", 100), UniqueConstraint("slug")
    ),
    records.User: _owned(
        "users",
        _text("email", 320),
        _text("name", 200),
        _text("role", 20),
        Column("active", Boolean, nullable=False),
        UniqueConstraint("email"),
    ),
    records.Team: _owned(
        "teams", _text("name", 200), _text("slug", 100), UniqueConstraint("organisation", "slug")
    ),
    records.TeamMember: _owned(
        "team_members",
        _id("team"),
        _id("user"),
        _text("role", 20),
        UniqueConstraint("team", "user"),
        _of("team", "teams"),
        _of("user", "users"),
        Index(None, "user"),
    ),
    records.Project: _owned(
        "projects",
        _text("name", 200),
        _text("slug", 100),
        _id("team", optional=True),
        UniqueConstraint("organisation", "slug"),
        _of("team", "teams", ondelete="RESTRICT"),
    ),
    records.Key: _owned(
        "keys",
        _id("user"),
        _text("name", 200),
        _text("prefix", 20),
        _text("digest", 64),
        Column("scopes", Words, nullable=False),
        _id("project", optional=True),
        _text("environment", 100),
        Column("networks", Words, nullable=False),
        _time("expires_at", optional=True),
        _time("used_at", optional=True),
        _time("revoked_at", optional=True),
        UniqueConstraint("digest"),
        _of("user", "users"),
        _of("project", "projects"),
        Index(None, "user"),
    ),
    records.Session: _owned(
        "sessions",
        _id("user"),
        _id("family"),
        _text("digest", 64),
        _time("expires_at"),
        _id("client", optional=True),
        Column("scopes", Words, nullable=False),
        _time("strong_at", optional=True),
        _time("revoked_at", optional=True),
        UniqueConstraint("digest"),
        _of("user", "users"),
        _of("client", "clients"),
        Index(None, "user"),
        Index(None, "family"),
    ),
    records.Password: _owned(
        "passwords",
        _id("user"),
        _text("verifier", 200),
        UniqueConstraint("user"),
        _of("user", "users"),
    ),
    records.Factor: _owned(
        "factors",
        _id("user"),
        _text("kind", 20),
        _text("name", 200),
        _text("handle", 64),
        Column("secret", LargeBinary, nullable=False),
        Column("counter", BigInteger, nullable=False),
        Column("confirmed", Boolean, nullable=False),
        UniqueConstraint("handle"),
        _of("user", "users"),
        Index(None, "user"),
    ),
    records.Ticket: _owned(
        "tickets",
        _text("kind", 20),
        _text("digest", 64),
        Column("data", Values, nullable=False),
        _time("expires_at"),
        _time("used_at", optional=True),
        UniqueConstraint("digest"),
    ),
    records.SigningKey: _owned(
        "signing_keys",
        Column("public", Values, nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        _time("retired_at"),
        _time("expires_at"),
    ),
    records.Identity: _owned(
        "identities",
        _id("user"),
        _text("issuer", 300),
        _text("subject", 500),
        UniqueConstraint("issuer", "subject"),
        _of("user", "users"),
        Index(None, "user"),
    ),
    records.Client: _owned(
        "clients",
        _text("name", 200),
        _text("digest", 64),
        Column("redirects", Words, nullable=False),
        Column("grants", Words, nullable=False),
        Column("scopes", Words, nullable=False),
        _id("user", optional=True),
        _of("user", "users"),
    ),
    records.Setting: _owned(
        "settings",
        _id("owner"),
        _text("name", 200),
        Column("value", Values, nullable=False),
        UniqueConstraint("organisation", "owner", "name"),
    ),
    records.Integration: _owned(
        "integrations",
        _id("user"),
        _text("tool", 100),
        _text("state", 20),
        Column("settings", Values, nullable=False),
        UniqueConstraint("user", "tool"),
        _of("user", "users"),
    ),
    records.ContextOptimization: _owned(
        "context_optimizations",
        _id("user"),
        _id("project", optional=True),
        _text("digest", 64),
        _text("model", 100),
        Column("original_tokens", BigInteger, nullable=False),
        Column("optimized_tokens", BigInteger, nullable=False),
        Column("quality", Double, nullable=False),
        Column("steps", Words, nullable=False),
        _of("user", "users"),
        _of("project", "projects"),
        Index(None, "user"),
        Index(None, "organisation", "digest"),
    ),
    records.Budget: _owned(
        "budgets",
        _text("level", 20),
        _id("owner"),
        _text("unit", 20),
        _text("period", 20),
        Column("amount", BigInteger, nullable=False),
        Column("hard", Boolean, nullable=False),
        Column("warn_at", Integer, nullable=False),
        _text("zone", 64),
        UniqueConstraint("organisation", "level", "owner", "unit", "period"),
    ),
    records.Idempotency: _owned(
        "idempotency",
        _text("key", 255),
        _text("fingerprint", 64),
        Column("status", Integer, nullable=False),
        Column("headers", Values, nullable=False),
        Column("body", LargeBinary, nullable=False),
        _time("expires_at"),
        UniqueConstraint("organisation", "key"),
        Index(None, "expires_at"),
    ),
}
"""The table of each kind."""

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Id, primary_key=True),
    _text("topic", 100),
    _text("key", 255),
    Column("payload", LargeBinary, nullable=False),
)
"""Messages that wait to be sent; of no tenant."""

SPENT = Table(
    "spent",
    METADATA,
    Column("budget", Id, primary_key=True),
    Column("starts_at", Time, primary_key=True),
    _id("organisation"),
    Column("amount", BigInteger, nullable=False),
    Column("warned", Integer, nullable=False),
    _of("budget", "budgets"),
)
"""What was spent of a budget in the period that starts then. warned: the percentage told of."""

RESERVATIONS = Table(
    "reservations",
    METADATA,
    Column("id", Id, primary_key=True),
    _id("organisation"),
    Column("tokens", BigInteger, nullable=False),
    Column("money", BigInteger, nullable=False),
    _time("expires_at"),
    Column("settled", Boolean, nullable=False),
    ForeignKeyConstraint(["organisation"], ["organisations.id"], ondelete="CASCADE"),
    UniqueConstraint("organisation", "id"),
    Index(None, "expires_at"),
)
"""Calls that may spend, or have spent."""

HOLDS = Table(
    "holds",
    METADATA,
    Column("reservation", Id, primary_key=True),
    Column("budget", Id, primary_key=True),
    _id("organisation"),
    _time("starts_at"),
    Column("amount", BigInteger, nullable=False),
    _of("reservation", "reservations"),
    _of("budget", "budgets"),
    Index(None, "budget"),
)
"""What a call that is under way may yet spend of a budget, in the period that starts then."""

LEDGER = (SPENT, RESERVATIONS, HOLDS)
"""What was and may be spent of budgets; of a tenant each, as the records are."""
