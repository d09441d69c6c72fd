"""The caller's second factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Request, Security
from pydantic import BaseModel

from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import Guarded, router
from aicontext.entrypoints.api.rest.identity.shapes import (
    Answer,
    FactorShown,
    PersonName,
    Question,
    RecoveryCodes,
    address,
    parts,
)
from aicontext.entrypoints.api.rest.listing import Id, Taken

Reader = Annotated[Principal, Security(Guarded("factors:read", "factor", own=True))]
Writer = Annotated[Principal, Security(Guarded("factors:write", "factor", own=True))]

routes = router("auth", "/api/v1/auth/factors")


class NewCodes(Taken):
    """name: of the program or device, for its owner."""

    name: PersonName


class CodesBegun(BaseModel):
    """secret: for an authenticator program; address: the same as such a program reads it. The
    factor counts once one of its codes came back."""

    id: str
    secret: str
    address: str


class Confirmation(Taken):
    code: str


class NewPasskey(Answer):
    name: PersonName


@routes.get("")
async def list_factors(request: Request, who: Reader) -> Sequence[FactorShown]:
    """Those that count, recovery codes that are left among them."""
    found = await parts(request).factors.all(who.organisation, who.user)
    return [FactorShown.model_validate(one, from_attributes=True) for one in found]


@routes.post("/codes", status_code=201)
async def begin_codes(request: Request, who: Writer, new: NewCodes) -> CodesBegun:
    """A secret for one-time codes (TOTP)."""
    factor, secret, uri = await parts(request).factors.begin_codes(who, new.name)
    return CodesBegun(id=factor.id, secret=secret, address=uri)


@routes.post("/codes/{factor}/confirm", responses={429: {}})
async def confirm_codes(
    request: Request, who: Writer, factor: Id, given: Confirmation
) -> RecoveryCodes:
    """The factor counts from now on. Recovery codes come with the first one."""
    confirm = parts(request).factors.confirm_codes
    codes = await confirm(who, factor, given.code, address(request))
    return RecoveryCodes(recovery_codes=codes)


@routes.post("/passkeys/question")
async def ask_for_new_passkey(request: Request, who: Writer) -> Question:
    """What a browser is asked to make a passkey."""
    return Question.of(await parts(request).factors.begin_passkey(who))


@routes.post("/passkeys", status_code=201)
async def add_passkey(request: Request, who: Writer, new: NewPasskey) -> RecoveryCodes:
    """A passkey that was made. Recovery codes come with the first factor."""
    add = parts(request).factors.add_passkey
    _, codes = await add(who, new.name, new.ticket, new.answer)
    return RecoveryCodes(recovery_codes=codes)


@routes.post("/recovery-codes", status_code=201)
async def renew_recovery_codes(request: Request, who: Writer) -> RecoveryCodes:
    """Ten codes, in the place of those before."""
    codes = await parts(request).factors.new_recovery_codes(who)
    return RecoveryCodes(recovery_codes=codes)


@routes.delete("/{factor}", status_code=204)
async def remove_factor(request: Request, who: Writer, factor: Id) -> None:
    """The factor counts no more; recovery codes go with the last one."""
    await parts(request).factors.remove(who, factor)
