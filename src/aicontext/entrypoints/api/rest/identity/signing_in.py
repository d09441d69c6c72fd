"""Coming in and going out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Request, Security
from pydantic import BaseModel

from aicontext.domain.storage.records import FactorKind
from aicontext.domain.tenancy.access import Principal
from aicontext.entrypoints.api.access import OPEN, Guarded, router
from aicontext.entrypoints.api.rest.identity.shapes import (
    Answer,
    Email,
    Password,
    Question,
    Secret,
    SessionShown,
    Shown,
    TokenPair,
    address,
    parts,
)
from aicontext.entrypoints.api.rest.listing import Id, Taken
from aicontext.services.enterprise.identity.accounts.factors import Proof
from aicontext.services.enterprise.identity.accounts.signing_in import Pending

Reader = Annotated[Principal, Security(Guarded("sessions:read", "session", own=True))]
Writer = Annotated[Principal, Security(Guarded("sessions:write", "session", own=True))]
Self = Annotated[Principal, Security(Guarded("account:write", "account", own=True))]

REFUSALS: dict[int | str, dict[str, object]] = {401: {}, 429: {}}

routes = router("auth", "/api/v1/auth")


class Credentials(Taken):
    email: Email
    password: Password


class PendingShown(BaseModel):
    """The password was right. ticket: goes with the proof of one of these kinds, within five
    minutes."""

    ticket: str
    kinds: Sequence[FactorKind]


class SignedIn(BaseModel):
    """One of both: the tokens, or what is asked for beside the password."""

    tokens: TokenPair | None = None
    second_factor: PendingShown | None = None


class SecondFactor(Shown):
    ticket: Secret


class Asking(Taken):
    """ticket: of a sign-in that waits for a second factor; "" for signing in by a passkey alone."""

    ticket: Secret = ""


class Refresh(Taken):
    refresh_token: Secret


class Fresh(Shown):
    """password: where there is no second factor."""

    password: Password = ""


class NewPassword(Taken):
    old: Password
    new: Password


@routes.post("/sign-in", dependencies=[OPEN], responses=REFUSALS)
async def sign_in(request: Request, given: Credentials) -> SignedIn:
    """Tokens for an address and a password, or the question for a second factor."""
    came = parts(request).signing_in
    found = await came.begin(given.email, given.password, address(request))
    if isinstance(found, Pending):
        return SignedIn(second_factor=PendingShown(ticket=found.ticket, kinds=found.kinds))
    return SignedIn(tokens=TokenPair.of(found))


@routes.post("/sign-in/second", dependencies=[OPEN], responses=REFUSALS)
async def sign_in_with_second_factor(request: Request, given: SecondFactor) -> TokenPair:
    """Tokens, for the proof that a sign-in waits for."""
    finish = parts(request).signing_in.finish
    return TokenPair.of(await finish(given.ticket, given.proof(), address(request)))


@routes.post("/sign-in/question", dependencies=[OPEN], responses=REFUSALS)
async def ask_for_passkey(request: Request, given: Asking) -> Question:
    """What a browser is asked to show a passkey."""
    return Question.of(await parts(request).signing_in.ask(given.ticket))


@routes.post("/sign-in/passkey", dependencies=[OPEN], responses=REFUSALS)
async def sign_in_with_passkey(request: Request, given: Answer) -> TokenPair:
    """Tokens, for a passkey alone."""
    proof = Proof(ticket=given.ticket, answer=given.answer)
    return TokenPair.of(await parts(request).signing_in.by_passkey(proof, address(request)))


@routes.post("/refresh", dependencies=[OPEN], responses=REFUSALS)
async def refresh_tokens(request: Request, given: Refresh) -> TokenPair:
    """The next tokens. One that was used before ends the sign-in."""
    return TokenPair.of(await parts(request).sessions.refresh(given.refresh_token))


@routes.post("/sign-out", status_code=204, dependencies=[OPEN], responses=REFUSALS)
async def sign_out(request: Request, given: Refresh) -> None:
    """Ends the sign-in that the token belongs to."""
    await parts(request).sessions.revoke(given.refresh_token)


@routes.post("/step-up", status_code=204)
async def step_up(request: Request, who: Self, given: Fresh) -> None:
    """A fresh proof of who asks, for what is sensitive in the next quarter of an hour."""
    strengthen = parts(request).signing_in.step_up
    await strengthen(who, given.password, given.proof(), address(request))


@routes.post("/step-up/question")
async def ask_for_own_passkey(request: Request, who: Self) -> Question:
    """What a browser is asked to show one of the caller's passkeys."""
    return Question.of(await parts(request).signing_in.ask_again(who))


@routes.post("/password", status_code=204)
async def change_password(request: Request, who: Self, given: NewPassword) -> None:
    """Another password. All other sign-ins end."""
    change = parts(request).accounts.change_password
    await change(who, given.old, given.new, address(request))


@routes.get("/sessions")
async def list_sessions(request: Request, who: Reader) -> Sequence[SessionShown]:
    """The caller's sign-ins that go on."""
    found = await parts(request).sessions.all(who.organisation, who.user)
    return [
        SessionShown(
            id=one.id,
            created_at=one.created_at,
            expires_at=one.expires_at,
            client=one.client,
            current=one.id == who.credential_id,
        )
        for one in found
    ]


@routes.delete("/sessions/{session}", status_code=204)
async def end_session(request: Request, who: Writer, session: Id) -> None:
    """Ends one of the caller's sign-ins."""
    await parts(request).sessions.end_own(who, session)
