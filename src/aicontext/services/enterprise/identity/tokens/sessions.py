"""Sign-ins, and the tokens that they go on with."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from aicontext.domain.errors import Conflict, Forbidden, NotFound, Unauthenticated
from aicontext.domain.storage.records import Session, User
from aicontext.domain.tenancy.access import Principal
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.stores.records import Records
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.changing import changed
from aicontext.services.enterprise.identity.known import Known
from aicontext.services.enterprise.identity.tokens.access import LIFETIME, AccessTokens

SIGN_IN = timedelta(days=30)
"""After which a person shows their password again, however often they refreshed."""

_HANDLE = 32
"""Characters of a refresh token that name its family; they are random too."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """expires_in: seconds that `access` is good for. scopes: that it allows. session: the sign-in's
    id."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int
    scopes: tuple[str, ...]
    session: str = ""


class Sessions:
    """A refresh token is good once. One that comes again was copied, by whom is not known: the
    sign-in ends for both."""

    def __init__(
        self,
        records: Records,
        known: Known,
        tokens: AccessTokens,
        *,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._records = records
        self._known = known
        self._tokens = tokens
        self._clock = clock
        self._new_id = new_id

    async def start(
        self,
        user: User,
        *,
        strong: bool,
        scopes: tuple[str, ...] = ("*",),
        client: str = "",
    ) -> Tokens:
        """strong: the person has just shown the strongest proof that their account has."""
        now = self._clock.utc()
        handle = secrets.token_hex(_HANDLE // 2)
        refresh = _made(handle)
        session = Session(
            id=self._new_id(now.timestamp()),
            organisation=user.organisation,
            created_at=now,
            user=user.id,
            family=handle,
            digest=secret.digest(refresh),
            expires_at=now + SIGN_IN,
            client=client,
            scopes=scopes,
            strong_at=now if strong else None,
        )
        async with self._records.transaction(user.organisation) as transaction:
            for old in await transaction.find(Session, user=user.id):
                if old.revoked_at is not None or old.expires_at <= now:
                    await transaction.remove(Session, old.id)
            await transaction.add(session)
        return await self._given(session, refresh)

    async def refresh(self, shown: str, *, client: str = "") -> Tokens:
        """The next tokens. client: who asks. Raises Unauthenticated."""
        session = await self._of(shown, client)
        refresh = _made(session.family)
        new = replace(session, digest=secret.digest(refresh), version=session.version + 1)
        genuine = hmac.compare_digest(secret.digest(shown), session.digest)
        if genuine:
            try:
                async with self._records.transaction(session.organisation) as transaction:
                    await transaction.replace(new)
            except Conflict:
                genuine = False
            else:
                return await self._given(new, refresh)
        await self.end(session.organisation, session.id)
        raise Unauthenticated("The token was used before: the sign-in has ended.", hint=_AGAIN)

    async def revoke(self, shown: str, *, client: str = "") -> None:
        """End the sign-in that a refresh token, new or old, belongs to. Raises Unauthenticated."""
        session = await self._of(shown, client)
        await self.end(session.organisation, session.id)

    async def end(self, organisation: str, session_id: str) -> None:
        """One sign-in, with its tokens. Raises NotFound."""
        await changed(self._records, organisation, Session, session_id, self._ended)
        await self._known.forget(f"session:{session_id}")

    def _ended(self, session: Session) -> Session:
        at = session.revoked_at or self._clock.utc()
        return replace(session, revoked_at=at)

    async def end_own(self, by: Principal, session_id: str) -> None:
        """A sign-in of whoever asks. Raises NotFound where it is not one of theirs."""
        if all(one.id != session_id for one in await self.all(by.organisation, by.user)):
            raise NotFound("There is no such sign-in.")
        await self.end(by.organisation, session_id)

    async def end_all(self, organisation: str, user: str) -> None:
        """Of a user, on all their devices."""
        for session in await self.all(organisation, user):
            await self.end(organisation, session.id)

    async def all(self, organisation: str, user: str) -> Sequence[Session]:
        """Those of a user that go on."""
        now = self._clock.utc()
        found = await self._records.find(organisation, Session, user=user, limit=1000)
        return [one for one in found if one.revoked_at is None and one.expires_at > now]

    async def strengthen(self, principal: Principal) -> None:
        """The person has just shown the strongest proof that their account has. Raises NotFound,
        and Forbidden where the sign-in is a program's of others."""
        session, now = principal.credential_id, self._clock.utc()

        def strong(found: Session) -> Session:
            if found.client:
                raise Forbidden("A proof is not for programs of others to ask for.")
            return replace(found, strong_at=now)

        await changed(
            self._records,
            principal.organisation,
            Session,
            session,
            strong,
        )
        await self._known.forget(f"session:{session}")

    async def strong_at(self, organisation: str, session_id: str) -> datetime | None:
        """As a principal's. Raises Unauthenticated where the sign-in has ended."""

        async def load() -> Any:
            try:
                found = await self._records.get(organisation, Session, session_id)
            except NotFound:
                return None
            if found.revoked_at is not None:
                return None
            return [found.expires_at.timestamp(), found.strong_at and found.strong_at.isoformat()]

        kept = await self._known.read(f"session:{session_id}", load)
        if kept is None or kept[0] <= self._clock.now():
            raise Unauthenticated("The sign-in has ended.", hint=_AGAIN)
        return datetime.fromisoformat(kept[1]) if kept[1] else None

    async def _of(self, shown: str, client: str) -> Session:
        """The sign-in that a refresh token belongs to, as long as it goes on."""
        handle = shown[len(secret.REFRESH) :][:_HANDLE]
        sound = shown.startswith(secret.REFRESH) and shown.isascii() and len(handle) == _HANDLE
        found: Sequence[Session] = ()
        if sound and set(handle) <= set("0123456789abcdef"):
            found = await self._records.find(None, Session, family=handle)
        for session in found:
            if (
                session.client == client
                and session.revoked_at is None
                and session.expires_at > self._clock.utc()
            ):
                return session
        raise Unauthenticated("The token is not good, or not any more.", hint=_AGAIN)

    async def _given(self, session: Session, refresh: str) -> Tokens:
        claims = {
            "org": session.organisation,
            "sid": session.id,
            "scope": " ".join(session.scopes),
            **({"client_id": session.client} if session.client else {}),
        }
        access = await self._tokens.issue(session.user, claims)
        return Tokens(access, refresh, int(LIFETIME.total_seconds()), session.scopes, session.id)


_AGAIN = "Sign in again."


def _made(handle: str) -> str:
    return f"{secret.REFRESH}{handle}{secret.made('')}"
