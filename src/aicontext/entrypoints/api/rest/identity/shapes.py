"""What the routes of this folder take and give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from aicontext.domain.storage.records import FactorKind, Role, User
from aicontext.entrypoints.api.call import Call
from aicontext.entrypoints.api.parts import Parts
from aicontext.entrypoints.api.rest.listing import Taken
from aicontext.services.enterprise.identity.accounts.factors import Asked, Proof
from aicontext.services.enterprise.identity.tokens.sessions import Tokens

Secret = Annotated[str, Field(max_length=1000)]
Password = Annotated[str, Field(max_length=1000, json_schema_extra={"format": "password"})]
Email = Annotated[str, Field(max_length=320)]
PersonName = Annotated[str, Field(min_length=1, max_length=200)]


class Answer(Taken):
    """A passkey's answer to a question. answer: as the browser gives it."""

    ticket: Secret
    answer: dict[str, Any] = Field(max_length=20)


class Shown(Taken):
    """The proof of who asks: a code of either kind, or a passkey's answer."""

    code: str = Field("", max_length=100)
    passkey: Answer | None = None

    def proof(self) -> Proof:
        if self.passkey:
            return Proof(ticket=self.passkey.ticket, answer=self.passkey.answer)
        return Proof(code=self.code)


class Question(BaseModel):
    """options: for the browser's passkeys; its answer goes with the ticket, within five minutes."""

    ticket: str
    options: Mapping[str, Any]

    @classmethod
    def of(cls, asked: Asked) -> Question:
        return cls(ticket=asked.ticket, options=asked.options)


class TokenPair(BaseModel):
    """access_token: goes with requests as `Authorization: Bearer`. refresh_token: good once, for
    the next pair. expires_in: seconds that the access token is good for."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int
    refresh_token: str

    @classmethod
    def of(cls, tokens: Tokens) -> TokenPair:
        return cls(
            access_token=tokens.access,
            expires_in=tokens.expires_in,
            refresh_token=tokens.refresh,
        )


class Person(BaseModel):
    """A user of an organisation."""

    id: str
    organisation: str
    email: str
    name: str
    role: Role

    @classmethod
    def of(cls, user: User) -> Person:
        return cls.model_validate(user, from_attributes=True)


class FactorShown(BaseModel):
    """A second factor, without what it is checked against."""

    id: str
    kind: FactorKind
    name: str
    created_at: datetime


class SessionShown(BaseModel):
    """A sign-in that goes on. current: it is the one that asks."""

    id: str
    created_at: datetime
    expires_at: datetime
    client: str
    current: bool


class RecoveryCodes(BaseModel):
    """Each good once, in the place of a second factor; shown now and never again."""

    recovery_codes: Sequence[str]


def parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


def address(request: Request) -> str:
    return Call.of(request.scope).address
