"""Records of tenants, as tests make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aicontext.domain.storage import records as kinds
from aicontext.domain.storage.records import Organisation, Project, Record, Role, Team, User
from aicontext.kit.ids import time_ordered

AT = datetime(2026, 11, 28, 5, 0, 0, 123456, UTC)


def new_id() -> str:
    return time_ordered(AT.timestamp())


def organisation(slug: str = "") -> Organisation:
    own = new_id()
    return Organisation(
        id=own, organisation=own, created_at=AT, name="Ünïted 🜁", slug=slug or uuid4().hex
    )


def user(of: Organisation, **given: Any) -> User:
    values = {"email": f"{uuid4().hex}@example.org", "name": "Ada", **given}
    return User(id=new_id(), organisation=of.id, created_at=AT, **values)


def one_of_each(owner: Organisation) -> list[Record]:
    """Of every kind, each after those that it names."""
    base = {"organisation": owner.id, "created_at": AT}
    ada = user(owner, role=Role.ADMIN)
    team = Team(id=new_id(), name="Core", slug="core", **base)
    project = Project(id=new_id(), name="Shop", slug="shop", team=team.id, **base)
    later = AT + timedelta(days=1)
    client = kinds.Client(
        id=new_id(),
        name="ide",
        digest="",
        redirects=("http://127.0.0.1/",),
        grants=("authorization_code",),
        scopes=("context:read",),
        user=ada.id,
        **base,
    )
    return [
        owner,
        ada,
        team,
        kinds.TeamMember(id=new_id(), team=team.id, user=ada.id, role=Role.VIEWER, **base),
        project,
        Project(id=new_id(), name="Loose", slug="loose", **base),
        kinds.Key(
            id=new_id(),
            user=ada.id,
            name="ci",
            prefix="aic_1234",
            digest=uuid4().hex,
            scopes=("context:read", "usage:read"),
            project=project.id,
            environment="production",
            networks=("10.0.0.0/8",),
            expires_at=later,
            **base,
        ),
        client,
        kinds.Session(
            id=new_id(),
            user=ada.id,
            family=new_id(),
            digest=uuid4().hex,
            expires_at=later,
            client=client.id,
            scopes=("context:read",),
            strong_at=AT,
            **base,
        ),
        kinds.Password(id=new_id(), user=ada.id, verifier="$argon2id$", **base),
        kinds.Factor(
            id=new_id(),
            user=ada.id,
            kind=kinds.FactorKind.PASSKEY,
            name="laptop",
            handle=uuid4().hex,
            secret=b"key",
            counter=2**32,
            confirmed=True,
            **base,
        ),
        kinds.Ticket(
            id=new_id(), kind="invitation", digest=uuid4().hex, data={}, expires_at=later, **base
        ),
        kinds.SigningKey(
            id=new_id(),
            public={"kty": "OKP"},
            sealed=b"key",
            retired_at=later,
            expires_at=later,
            **base,
        ),
        kinds.Identity(id=new_id(), user=ada.id, issuer="mtls", subject=uuid4().hex, **base),
        kinds.Setting(id=new_id(), owner=ada.id, name="theme", value={"a": [1, None, "é"]}, **base),
        kinds.Setting(id=new_id(), owner=ada.id, name="none", value=None, **base),
        kinds.Integration(
            id=new_id(), user=ada.id, tool="codex", state="connected", settings={"x": 1.5}, **base
        ),
        kinds.ContextOptimization(
            id=new_id(),
            user=ada.id,
            project=project.id,
            digest="d" * 64,
            model="gpt-5",
            original_tokens=2**40,
            optimized_tokens=7,
            quality=0.97,
            steps=("log condensed",),
            **base,
        ),
        kinds.Budget(
            id=new_id(),
            level=kinds.Level.TEAM,
            owner=team.id,
            unit=kinds.Unit.MONEY,
            period=kinds.Period.MONTH,
            amount=2**62,
            hard=False,
            warn_at=50,
            zone="Europe/Berlin",
            **base,
        ),
        kinds.Idempotency(
            id=new_id(),
            key="k",
            fingerprint="f" * 64,
            status=201,
            headers={"etag": "1"},
            body=bytes(range(256)),
            expires_at=later,
            **base,
        ),
    ]
