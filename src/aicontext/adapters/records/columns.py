"""Column types that hold the domain's values in every database."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from aicontext.domain.errors import InvalidInput


class Id(TypeDecorator[str]):
    """32 hexadecimal digits; "" is NULL."""

    impl = Uuid
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> UUID | None:
        try:
            return UUID(value) if value else None
        except ValueError:
            raise InvalidInput("An id has 32 hexadecimal digits.") from None

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str:
        return value.hex if value is not None else ""


class Time(TypeDecorator[datetime]):
    """A time in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class Words(TypeDecorator[tuple[str, ...]]):
    """Texts in order."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(_json(dialect))

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> list[str]:
        return list(value or ())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(value or ())


class Values(TypeDecorator[Any]):
    """What JSON can hold."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(_json(dialect))


def _json(dialect: Dialect) -> Any:
    if dialect.name != "postgresql":
        return JSON()
    # Loaded where it is used: it takes 4 MB.
    return import_module("sqlalchemy.dialects.postgresql").JSONB(none_as_null=False)
