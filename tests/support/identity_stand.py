"""The services that know who asks, over a clock that the tests move."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aicontext.adapters.cache.memory import MemoryCache
from aicontext.adapters.identity.argon2 import Argon2Passwords
from aicontext.domain.storage.records import Organisation, Record, Role, User
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.kit.clock import Clock
from aicontext.kit.ids import time_ordered
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity.tokens.sessions import Tokens
from aicontext.settings import Settings
from aicontext.wiring.platform.identity import Identity, identity

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
ADDRESS = "203.0.113.7"


@dataclass
class Stand:
    """One process's services; `other()` is another's over the same records."""

    records: Records
    home: Path
    at: float = field(default_factory=AT.timestamp)

    def __post_init__(self) -> None:
        self.clock = Clock(now=lambda: self.at, tick=lambda: self.at)
        self._opened: list[Identity] = []
        self.services = self.other()

    def other(self, passwords: Argon2Passwords | None = None, **given: Any) -> Identity:
        settings = Settings(home=self.home, **given)
        cache = MemoryCache(2**20, self.clock.tick)
        passwords = passwords or Argon2Passwords(memory=64)
        self._opened.append(
            identity(settings, self.records, cache, clock=self.clock, passwords=passwords)
        )
        return self._opened[-1]

    def close(self) -> None:
        for one in self._opened:
            one.close()

    async def add(self, *every: Record) -> None:
        async with self.records.transaction(None) as transaction:
            for record in every:
                await transaction.add(record)

    async def person(self, role: Role = Role.MEMBER, *, of: str = "", **given: Any) -> Principal:
        """Of a new organisation, or of one."""
        if not of:
            of = time_ordered(self.at)
            await self.add(
                Organisation(id=of, organisation=of, created_at=AT, name="Acme", slug=of)
            )
        user = User(
            id=time_ordered(self.at),
            organisation=of,
            created_at=AT,
            email=f"{uuid4().hex}@example.org",
            name="Ada",
            role=role,
        )
        await self.add(user)
        values = {"credential": Credential.LOCAL, "scopes": frozenset({"*"}), **given}
        return Principal(organisation=of, user=user.id, role=role, **values)

    async def user(self, by: Principal) -> User:
        """Who they are."""
        async with self.records.transaction(by.organisation, reading=True) as transaction:
            return await transaction.get(User, by.user)

    async def bearer(self, tokens: Tokens) -> Principal:
        """Who shows the access token."""
        return await self.services.authentication.authenticate(f"Bearer {tokens.access}", ADDRESS)


Test = Callable[[Stand], Awaitable[None]]
Run = Callable[[Test], None]
