"""Who asks, by the credential that they show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aicontext.domain.errors import Conflict, Unauthenticated, Unavailable
from aicontext.domain.storage.records import Identity, Key
from aicontext.domain.tenancy.access import Credential, Principal
from aicontext.domain.tenancy.scopes import EVERYTHING
from aicontext.kit.clock import Clock
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.keys import good
from aicontext.services.enterprise.identity.known import Known
from aicontext.services.enterprise.identity.local import LocalUser
from aicontext.services.enterprise.identity.members import Members
from aicontext.services.enterprise.identity.tokens.access import AccessTokens
from aicontext.services.enterprise.identity.tokens.sessions import Sessions
from aicontext.services.enterprise.identity.users import CERTIFICATE, certificate

ClientThere = Callable[[str, str], Awaitable[bool]]
"""Whether an organisation still has the OAuth client of an id."""

_SELDOM = timedelta(minutes=10)
"""Between two notes of when a key was used."""


class Authentication:
    def __init__(
        self,
        records: Records,
        known: Known,
        members: Members,
        local: LocalUser,
        *,
        tokens: AccessTokens,
        sessions: Sessions,
        client_there: ClientThere,
        clock: Clock,
    ) -> None:
        self._records = records
        self._known = known
        self._members = members
        self._local = local
        self._tokens = tokens
        self._sessions = sessions
        self._client_there = client_there
        self._clock = clock

    async def authenticate(
        self, authorization: str, address: str, names: Sequence[str] = ()
    ) -> Principal:
        """Who asks. authorization: the header's value, "" where there is none. address: of the
        other end of the connection; names: in the certificate that it proved to have. Raises
        Unauthenticated, Unavailable."""
        if not authorization:
            return await (self._by_names(names) if names else self._local.principal(address))
        scheme, _, shown = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(
                "This way to authenticate is not known.", hint="Send `Authorization: Bearer …`."
            )
        shown = shown.strip()
        by = self._by_key if shown.startswith(secret.KEY) else self.by_token
        return await by(shown)

    async def by_token(self, shown: str) -> Principal:
        """Who asks, by an access token. Raises Unauthenticated."""
        said = await self._tokens.read(shown)
        strong_at = None
        if session := said.get("sid", ""):
            strong_at = await self._sessions.strong_at(said["org"], session)
        elif not await self._client_there(said["org"], said["client_id"]):
            raise Unauthenticated("The client was removed.")
        member = await self._members.get(said["org"], said["sub"])
        return Principal(
            organisation=said["org"],
            user=said["sub"],
            role=member.role,
            credential=Credential.TOKEN,
            scopes=frozenset(said["scope"].split()),
            teams=member.teams,
            credential_id=session or said["client_id"],
            strong_at=strong_at,
        )

    async def _by_names(self, names: Sequence[str]) -> Principal:
        for name in names:
            if found := await self._by_name(name):
                return found
        raise Unauthenticated(
            "No service goes by a name of this certificate.",
            hint="Add it: aicontext users certificate.",
        )

    async def _by_name(self, name: str) -> Principal | None:
        kept = await self._known.read(certificate(name), lambda: self._identity(name))
        if kept is None:
            return None
        member = await self._members.get(kept["organisation"], kept["user"])
        return Principal(
            organisation=kept["organisation"],
            user=kept["user"],
            role=member.role,
            credential=Credential.CERTIFICATE,
            scopes=EVERYTHING,
            teams=member.teams,
            credential_id=kept["id"],
        )

    async def _identity(self, name: str) -> Any:
        found = await self._records.find(None, Identity, issuer=CERTIFICATE, subject=name)
        if not found:
            return None
        return {"id": found[0].id, "organisation": found[0].organisation, "user": found[0].user}

    async def _by_key(self, shown: str) -> Principal:
        digest = secret.checked(secret.KEY, shown)
        kept = await self._known.read(f"key:{digest}", lambda: self._key(digest))
        if kept is None or (kept["until"] and kept["until"] <= self._clock.now()):
            raise Unauthenticated(
                "The key is not good, or not any more.", hint="Create another: aicontext keys."
            )
        member = await self._members.get(kept["organisation"], kept["user"])
        return Principal(
            organisation=kept["organisation"],
            user=kept["user"],
            role=member.role,
            credential=Credential.KEY,
            scopes=frozenset(kept["scopes"]),
            teams=member.teams,
            credential_id=kept["id"],
            project=kept["project"],
            environment=kept["environment"],
            networks=tuple(kept["networks"]),
            ends_at=datetime.fromtimestamp(kept["until"], UTC) if kept["until"] else None,
        )

    async def _key(self, digest: str) -> Any:
        found = await self._records.find(None, Key, digest=digest)
        if not found or not good(found[0], self._clock.utc()):
            return None
        key = found[0]
        await self._note(key)
        return {
            "id": key.id,
            "organisation": key.organisation,
            "user": key.user,
            "scopes": key.scopes,
            "project": key.project,
            "environment": key.environment,
            "networks": key.networks,
            "until": key.expires_at.timestamp() if key.expires_at else 0,
        }

    async def _note(self, key: Key) -> None:
        """When it was used: worth nothing that a request would have to fail for."""
        now = self._clock.utc()
        if not _due(key.used_at, now):
            return
        with suppress(Conflict, Unavailable):
            async with self._records.transaction(key.organisation) as transaction:
                await transaction.replace(replace(key, used_at=now, version=key.version + 1))


def _due(noted: datetime | None, now: datetime) -> bool:
    return noted is None or now - noted >= _SELDOM
