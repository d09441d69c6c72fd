"""Access tokens, and the keys that sign them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.domain.storage.records import PLATFORM, SigningKey
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.access.signing import Expected, Signing
from aicontext.ports.keys import Keys
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity.known import Known

LIFETIME = timedelta(minutes=10)
"""Of an access token."""

_KIND = "at+jwt"
"""RFC 9068."""

_SIGNS, _AHEAD = timedelta(days=30), timedelta(days=1)
"""How long a key signs, and how long before that others can know it already."""

_ABOUT = "signing key"


class AccessTokens:
    """issuer: the address by which the platform is known; tokens are good for its API alone."""

    def __init__(
        self,
        records: Records,
        known: Known,
        signing: Signing,
        keys: Keys,
        *,
        issuer: str,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._records = records
        self._known = known
        self._signing = signing
        self._keys = keys
        self.issuer = issuer
        self._clock = clock
        self._new_id = new_id
        self._opened: dict[str, bytes] = {}

    async def issue(self, subject: str, claims: Mapping[str, Any]) -> str:
        """A token of a user, good for LIFETIME."""
        now = int(self._clock.now())
        kid, private = await self._signs()
        said = {
            **claims,
            "iss": self.issuer,
            "aud": self._audience,
            "sub": subject,
            "iat": now,
            "nbf": now,
            "exp": now + int(LIFETIME.total_seconds()),
            "jti": self._new_id(now),
        }
        return self._signing.sign(_KIND, said, kid, private)

    async def read(self, token: str) -> Mapping[str, Any]:
        """The claims. Raises Unauthenticated."""
        expected = Expected(_KIND, self.issuer, self._audience, self._clock.now())
        return self._signing.read(token, await self.published(), expected)

    async def published(self) -> Sequence[Mapping[str, Any]]:
        """The public keys, as others may know them (a JWK set's)."""
        now = self._clock.now()
        return [one["public"] for one in await self._kept() if one["expires"] > now]

    @property
    def _audience(self) -> str:
        return f"{self.issuer}/api"

    async def _signs(self) -> tuple[str, bytes]:
        """(the name, the private half) of the oldest key that still signs."""
        last = (await self._signing_now() or [{"retired": 0}])[-1]
        if last["retired"] - self._clock.now() < _AHEAD.total_seconds():
            await self._add()
        for again in (True, False):
            for one in await self._signing_now():
                if private := await self._private(one):
                    return one["public"]["kid"], private
            if again:
                await self._add()
        raise Unavailable("No key can be used that signs tokens.", hint="Look at the master key.")

    async def _signing_now(self) -> Sequence[Mapping[str, Any]]:
        now = self._clock.now()
        return [one for one in await self._kept() if one["retired"] > now]

    async def _private(self, kept: Mapping[str, Any]) -> bytes:
        """The private half; b"" where it was sealed under a master key that is gone."""
        kid = kept["public"]["kid"]
        if kid not in self._opened:
            try:
                opened = await self._keys.open(base64.b64decode(kept["sealed"]), _ABOUT)
            except InvalidInput:
                opened = b""
            self._opened[kid] = opened
        return self._opened[kid]

    async def _kept(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = await self._known.read("signing", self._load)
        return found

    async def _load(self) -> Any:
        every = await self._records.find(PLATFORM, SigningKey, limit=1000)
        return [
            {
                "public": dict(one.public),
                "sealed": base64.b64encode(one.sealed).decode(),
                "retired": one.retired_at.timestamp(),
                "expires": one.expires_at.timestamp(),
            }
            for one in every
        ]

    async def _add(self) -> None:
        """A key that signs once those before it are retired."""
        public, private = self._signing.new_key()
        now = self._clock.utc()
        retired = now + _SIGNS
        key = SigningKey(
            id=self._new_id(now.timestamp()),
            organisation=PLATFORM,
            created_at=now,
            public=public,
            sealed=await self._keys.seal(private, _ABOUT),
            retired_at=retired,
            expires_at=retired + 2 * LIFETIME,
        )
        async with self._records.transaction(PLATFORM) as transaction:
            for old in await transaction.find(SigningKey, limit=1000):
                if old.expires_at <= now:
                    await transaction.remove(SigningKey, old.id)
            await transaction.add(key)
        await self._known.forget("signing")
