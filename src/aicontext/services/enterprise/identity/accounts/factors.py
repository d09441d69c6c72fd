"""Second factors: codes of an authenticator program, passkeys, and recovery codes."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aicontext.domain.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from aicontext.domain.storage.records import Factor, FactorKind, User
from aicontext.domain.tenancy.access import Principal
from aicontext.kit.clock import Clock
from aicontext.kit.ids import NewId
from aicontext.ports.access.factors import OneTimeCodes, Passkey, Passkeys
from aicontext.ports.keys import Keys
from aicontext.ports.stores.records import Records, Transaction
from aicontext.services.enterprise.identity import secret
from aicontext.services.enterprise.identity.accounts.attempts import Attempts
from aicontext.services.enterprise.identity.accounts.tickets import Tickets
from aicontext.services.enterprise.identity.powers import check_role

_CHALLENGE = "passkey"
_MINUTES = timedelta(minutes=5)
"""For a browser to answer."""

_RECOVERY = 10
"""Codes that are given out."""

_MOST = 20
"""Factors of one user, recovery codes aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a person shows: a code of either kind, or a passkey's answer to a ticket's question."""

    code: str = field(default="", repr=False)
    ticket: str = field(default="", repr=False)
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """options: for the browser; its answer goes with the ticket."""

    ticket: str = field(repr=False)
    options: Mapping[str, Any]


class Factors:
    def __init__(
        self,
        records: Records,
        tickets: Tickets,
        *,
        codes: OneTimeCodes,
        passkeys: Passkeys,
        keys: Keys,
        attempts: Attempts,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self._records = records
        self._tickets = tickets
        self._codes = codes
        self._passkeys = passkeys
        self._keys = keys
        self._attempts = attempts
        self._clock = clock
        self._new_id = new_id

    async def all(self, organisation: str, user: str) -> Sequence[Factor]:
        """Those that count."""
        return await self._records.find(organisation, Factor, user=user, confirmed=True)

    async def begin_codes(self, by: Principal, name: str) -> tuple[Factor, str, str]:
        """(the factor, which counts once it is confirmed; its secret; that as an address)."""
        shared = self._codes.new_secret()
        factor = self._new(by, FactorKind.TOTP, _named(name), secrets.token_hex(32))
        sealed = await self._keys.seal(shared.encode(), _about(factor))
        async with self._records.transaction(by.organisation) as transaction:
            user = await transaction.get(User, by.user)
            for old in await transaction.find(Factor, user=by.user, confirmed=False):
                await transaction.remove(Factor, old.id)
            await self._check_room(transaction, by)
            await transaction.add(replace(factor, secret=sealed))
        return factor, shared, self._codes.address(shared, user.email)

    async def confirm_codes(
        self, by: Principal, factor_id: str, code: str, address: str
    ) -> Sequence[str]:
        """The user's recovery codes, where these are the first. Raises NotFound, Unauthenticated,
        LimitReached."""
        await self._attempts.count("second factor", by.user, address)
        async with self._records.transaction(by.organisation, reading=True) as transaction:
            factor = await _own(transaction, by, factor_id)
        if factor.kind is not FactorKind.TOTP or factor.confirmed:
            raise NotFound("There is no such factor to confirm.")
        if not await self._code_fits(factor, code):
            raise _wrong()
        return await self._recovery_where_first(by)

    async def begin_passkey(self, by: Principal) -> Asked:
        async with self._records.transaction(by.organisation) as transaction:
            user = await transaction.get(User, by.user)
            await self._check_room(transaction, by)
            known = await transaction.find(Factor, user=by.user, kind=FactorKind.PASSKEY)
        challenge = secrets.token_bytes(32)
        options = self._passkeys.creation(
            challenge, by.user, user.email, [one.secret for one in known]
        )
        return Asked(await self._challenged(challenge, by.user), options)

    async def add_passkey(
        self, by: Principal, name: str, ticket: str, answer: Mapping[str, Any]
    ) -> tuple[Factor, Sequence[str]]:
        """(the factor, the user's recovery codes where it is the first). Raises Unauthenticated,
        and Conflict where that passkey is known."""
        made = self._passkeys.created(answer, await self._challenge(ticket, by.user))
        factor = replace(
            self._new(by, FactorKind.PASSKEY, _named(name), _handle(made.id)),
            secret=made.kept,
            counter=made.counter,
            confirmed=True,
        )
        async with self._records.transaction(by.organisation) as transaction:
            await self._check_room(transaction, by)
            await transaction.add(factor)
        return factor, await self._recovery_where_first(by)

    async def remove(self, by: Principal, factor_id: str) -> None:
        """With the recovery codes where it was the last. Raises NotFound."""
        async with self._records.transaction(by.organisation) as transaction:
            await _own(transaction, by, factor_id)
            await transaction.remove(Factor, factor_id)
            left = await transaction.find(Factor, user=by.user)
            if all(one.kind is FactorKind.RECOVERY for one in left):
                for one in left:
                    await transaction.remove(Factor, one.id)

    async def remove_all(self, by: Principal, user_id: str) -> None:
        """For somebody who lost theirs. Raises NotFound, Forbidden."""
        async with self._records.transaction(by.organisation) as transaction:
            user = await transaction.get(User, user_id)
            check_role(by, user.role)
            for one in await transaction.find(Factor, user=user_id):
                await transaction.remove(Factor, one.id)

    async def new_recovery_codes(self, by: Principal) -> Sequence[str]:
        """In the place of those before. Raises InvalidInput where there is nothing to recover."""
        texts = [_recovery_code() for _ in range(_RECOVERY)]
        async with self._records.transaction(by.organisation) as transaction:
            found = await transaction.find(Factor, user=by.user, confirmed=True)
            old = [one for one in found if one.kind is FactorKind.RECOVERY]
            if len(old) == len(found):
                raise InvalidInput("Recovery codes need another factor.", hint="Add that first.")
            for one in old:
                await transaction.remove(Factor, one.id)
            for text in texts:
                factor = self._new(by, FactorKind.RECOVERY, "", secret.digest(_bare(text)))
                await transaction.add(replace(factor, confirmed=True))
        return texts

    async def ask(self, organisation: str, user: str) -> Asked:
        """One of a user's passkeys; of anybody's, where no user is named."""
        known: Sequence[Factor] = ()
        if user:
            found = await self.all(organisation, user)
            known = [one for one in found if one.kind is FactorKind.PASSKEY]
        challenge = secrets.token_bytes(32)
        options = self._passkeys.request(challenge, [one.secret for one in known])
        return Asked(await self._challenged(challenge, user), options)

    async def check(self, organisation: str, user: str, proof: Proof, address: str) -> None:
        """Whether the proof is of one of the user's factors; a code is good once. address: where
        the call came from. Raises Unauthenticated, LimitReached."""
        await self._attempts.count("second factor", user, address)
        if proof.ticket:
            factor = await self._passkey_shown(proof, user)
            fits = (factor.organisation, factor.user) == (organisation, user)
        else:
            fits = await self._any_code_fits(await self.all(organisation, user), proof.code)
        if not fits:
            raise _wrong()

    async def whose(self, proof: Proof, address: str) -> Factor:
        """The passkey that was shown, by whoever it belongs to. Raises Unauthenticated,
        LimitReached."""
        await self._attempts.count("passkey", "", address)
        return await self._passkey_shown(proof, "")

    async def _passkey_shown(self, proof: Proof, user: str) -> Factor:
        challenge = await self._challenge(proof.ticket, user)
        handle = _handle(self._passkeys.named(proof.answer))
        found = await self._records.find(None, Factor, handle=handle, kind=FactorKind.PASSKEY)
        if not found:
            raise _wrong()
        factor = found[0]
        passkey = Passkey(b"", factor.secret, factor.counter)
        counter = self._passkeys.shown(proof.answer, challenge, passkey)
        await self._used(factor, counter)
        return factor

    async def _any_code_fits(self, factors: Sequence[Factor], code: str) -> bool:
        given = secret.digest(_bare(code))
        for factor in factors:
            if factor.kind is FactorKind.TOTP and await self._code_fits(factor, code):
                return True
            if factor.kind is FactorKind.RECOVERY and factor.handle == given:
                return await self._spent(factor)
        return False

    async def _code_fits(self, factor: Factor, code: str) -> bool:
        try:
            shared = (await self._keys.open(factor.secret, _about(factor))).decode()
        except InvalidInput:  # Its master key is gone: recovery codes are left.
            return False
        step = self._codes.step(shared, code, self._clock.now(), after=factor.counter)
        if step is None:
            return False
        await self._used(factor, step)
        return True

    async def _used(self, factor: Factor, counter: int) -> None:
        """Raises Unauthenticated where it was used at the same time."""
        used = replace(factor, counter=counter, confirmed=True, version=factor.version + 1)
        try:
            async with self._records.transaction(factor.organisation) as transaction:
                await transaction.replace(used)
        except (Conflict, NotFound):
            raise _wrong() from None

    async def _spent(self, factor: Factor) -> bool:
        try:
            async with self._records.transaction(factor.organisation) as transaction:
                await transaction.remove(Factor, factor.id)
        except NotFound:
            return False
        return True

    async def _challenged(self, challenge: bytes, user: str) -> str:
        data = {"challenge": base64.b64encode(challenge).decode(), "user": user}
        async with self._records.transaction(None) as transaction:
            return await self._tickets.issue(transaction, _CHALLENGE, data, _MINUTES)

    async def _challenge(self, ticket: str, user: str) -> bytes:
        """What was asked; it cannot be answered again. Raises Unauthenticated."""
        try:
            async with self._records.transaction(None) as transaction:
                found = await self._tickets.look(transaction, _CHALLENGE, ticket)
                await self._tickets.use(transaction, found)
        except Conflict:
            raise _wrong() from None
        if found.data["user"] != user:
            raise _wrong()
        return base64.b64decode(found.data["challenge"])

    async def _recovery_where_first(self, by: Principal) -> Sequence[str]:
        found = await self.all(by.organisation, by.user)
        if any(one.kind is FactorKind.RECOVERY for one in found):
            return ()
        return await self.new_recovery_codes(by)

    async def _check_room(self, transaction: Transaction, by: Principal) -> None:
        found = await transaction.find(Factor, user=by.user, limit=_MOST + _RECOVERY)
        if sum(one.kind is not FactorKind.RECOVERY for one in found) >= _MOST:
            raise InvalidInput("There are too many factors.", hint="Remove one.")

    def _new(self, by: Principal, kind: FactorKind, name: str, handle: str) -> Factor:
        now = self._clock.utc()
        return Factor(
            id=self._new_id(now.timestamp()),
            organisation=by.organisation,
            created_at=now,
            user=by.user,
            kind=kind,
            name=name,
            handle=handle,
        )


async def _own(transaction: Transaction, by: Principal, factor_id: str) -> Factor:
    factor = await transaction.get(Factor, factor_id)
    if factor.user != by.user:
        raise NotFound("There is no such factor.")
    return factor


def _about(factor: Factor) -> str:
    return f"totp:{factor.organisation}:{factor.user}:{factor.id}"


def _handle(passkey_id: bytes) -> str:
    return secret.digest(f"passkey:{passkey_id.hex()}")


def _named(given: str) -> str:
    found = " ".join(given.split())
    if not found or not found.isprintable() or len(found) > 200:
        raise InvalidInput("A factor needs a name, such as `phone`.")
    return found


def _recovery_code() -> str:
    """80 random bits, to be written down."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def _bare(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()


def _wrong() -> Unauthenticated:
    return Unauthenticated("The code or passkey is not right.", hint="Try the next one.")
