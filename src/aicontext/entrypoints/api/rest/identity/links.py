"""Links that people use once: to make the first account, to join, to set a new password."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request, Security
from pydantic import BaseModel

from aicontext.domain.storage.records import Role, Ticket
from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tenancy.links import address_of
from aicontext.entrypoints.api.access import OPEN, Guarded, router
from aicontext.entrypoints.api.parts import Parts
from aicontext.entrypoints.api.rest.identity.shapes import (
    Email,
    Password,
    Person,
    PersonName,
    Secret,
    parts,
)
from aicontext.entrypoints.api.rest.identity.signing_in import REFUSALS
from aicontext.entrypoints.api.rest.listing import Id, Listing, Page, Taken
from aicontext.services.enterprise.identity.accounts.service import Profile

Reader = Annotated[Principal, Security(Guarded("users:read", "user"))]
Inviter = Annotated[Principal, Security(Guarded("users:write", "user"))]

TAKEN: dict[int | str, dict[str, object]] = {**REFUSALS, 409: {}}

routes = router("auth", "/api/v1/auth")


class Claim(Taken):
    """link: the secret of the link."""

    link: Secret
    email: Email
    name: PersonName
    password: Password


class Invitation(Taken):
    email: Email
    role: Role = Role.MEMBER


class InvitationShown(BaseModel):
    """One that was not taken up. by: the user who gave it."""

    id: str
    email: str
    role: Role
    by: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, ticket: Ticket) -> InvitationShown:
        return cls(
            id=ticket.id,
            email=ticket.data["email"],
            role=ticket.data["role"],
            by=ticket.data.get("by", ""),
            created_at=ticket.created_at,
            expires_at=ticket.expires_at,
        )


class Joining(Taken):
    link: Secret
    name: PersonName
    password: Password


class Resetting(Taken):
    user: Id


class Reset(Taken):
    link: Secret
    password: Password


class Link(BaseModel):
    """For one person, shown now and never again. link: its secret. address: where it is used."""

    link: str
    address: str


@routes.post("/owner", status_code=201, dependencies=[OPEN], responses=TAKEN)
async def make_first_account(request: Request, given: Claim) -> Person:
    """The account of whoever set the server up, by the link that it printed."""
    profile = Profile(email=given.email, name=given.name, password=given.password)
    return Person.of(await parts(request).accounts.claim(given.link, profile))


@routes.post("/invitations", status_code=201)
async def invite(request: Request, who: Inviter, given: Invitation) -> Link:
    """A link by which somebody makes an account here, within a week, in place of an earlier one."""
    made = parts(request)
    return _link(made, "join", await made.invitations.invite(who, given.email, given.role))


@routes.get("/invitations")
async def list_invitations(
    request: Request, who: Reader, listing: Listing
) -> Page[InvitationShown]:
    """Those that nobody took up yet, the oldest first."""
    every = await parts(request).invitations.open(who.organisation)
    found = [one for one in every if one.id > listing.after][: listing.limit + 1]
    return await listing.page([InvitationShown.of(one) for one in found], [one.id for one in found])


@routes.delete("/invitations/{invitation}", status_code=204, responses={404: {}})
async def withdraw_invitation(request: Request, who: Inviter, invitation: Id) -> None:
    """Its link is good no more."""
    await parts(request).invitations.withdraw(who.organisation, invitation)


@routes.post("/invitations/accept", status_code=201, dependencies=[OPEN], responses=TAKEN)
async def accept_invitation(request: Request, given: Joining) -> Person:
    """The account that an invitation is for."""
    accept = parts(request).accounts.accept
    return Person.of(await accept(given.link, given.name, given.password))


@routes.post("/resets", status_code=201, responses={404: {}})
async def let_in_again(request: Request, who: Inviter, given: Resetting) -> Link:
    """A link by which a user sets a new password, within a day."""
    made = parts(request)
    return _link(made, "reset", await made.accounts.reset_link(who, given.user))


@routes.post("/resets/accept", status_code=204, dependencies=[OPEN], responses=REFUSALS)
async def reset_password(request: Request, given: Reset) -> None:
    """Another password. All sign-ins end."""
    await parts(request).accounts.reset(given.link, given.password)


def _link(made: Parts, page: str, link: str) -> Link:
    return Link(link=link, address=address_of(made.tokens.issuer, page, link))
