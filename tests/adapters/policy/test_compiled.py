"""What the built-in rules decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.adapters.policy.compiled import FRESH, CompiledPolicy
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Principal, Question, Resource
from aicontext.domain.tenancy.scopes import SCOPES, SENSITIVE

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MINE = {"owner": "ada"}
POLICY = CompiledPolicy()


def asked(
    scope: str, role: Role = Role.MEMBER, resource: dict[str, Any] | None = None, **given: Any
) -> Question:
    address = given.pop("address", "")
    values = {"scopes": frozenset({"*"}), "credential": Credential.KEY, **given}
    who = Principal(organisation="acme", user="ada", role=role, teams=frozenset({"core"}), **values)
    kind = scope.partition(":")[0]
    what = Resource(**{"kind": kind, "organisation": "acme", **(resource or {})})
    return Question(principal=who, scope=scope, resource=what, at=AT, address=address)


WHOSE = {
    "own": MINE,
    "their team's": {"team": "core"},
    "everybody's": {},
    "another's": {"owner": "bob"},
    "another team's": {"team": "other"},
}
SHARED = "analytics archive budgets context integrations operations organisation projects settings"
WORK = "analytics archive context integrations operations settings usage"
HANDED = "context integrations operations packs settings"
RIGHTS = {  # What may be read, and what written.
    (Role.MEMBER, "own"): (
        f"account factors keys sessions teams usage users {SHARED}",
        f"account factors keys sessions {HANDED}",
    ),
    (Role.MEMBER, "their team's"): (f"teams usage {SHARED}", HANDED),
    (Role.MEMBER, "everybody's"): (f"teams usage {SHARED}", ""),
    (Role.VIEWER, "own"): (
        f"account factors sessions teams usage users {SHARED}",
        "account factors sessions",
    ),
    (Role.VIEWER, "their team's"): (f"teams usage {SHARED}", ""),
    (Role.VIEWER, "everybody's"): (f"teams usage {SHARED}", ""),
    (Role.BILLING, "own"): (
        "account analytics budgets factors sessions usage users",
        "account billing budgets factors sessions",
    ),
    **{
        (Role.BILLING, whose): ("analytics budgets usage", "billing budgets")
        for whose in WHOSE
        if whose != "own"
    },
    (Role.SERVICE, "own"): (f"account {WORK}", HANDED),
    (Role.SERVICE, "their team's"): (WORK, HANDED),
    (Role.SERVICE, "everybody's"): (WORK, HANDED),
}


@pytest.mark.parametrize("whose", WHOSE)
@pytest.mark.parametrize("role", Role)
def test_a_role_allows_this_and_nothing_else(role: Role, whose: str) -> None:
    read, written = RIGHTS.get((role, whose), ("", ""))
    due = {f"{one}:read" for one in read.split()} | {f"{one}:write" for one in written.split()}
    if role in (Role.OWNER, Role.ADMIN):
        owners = {"billing:write", "organisation:write"}
        due = set(SCOPES) - (owners if role is Role.ADMIN else set())
    local = {"resource": WHOSE[whose], "credential": Credential.LOCAL}
    assert {one for one in SCOPES if POLICY.decide(asked(one, role, **local)).allowed} == due


@pytest.mark.parametrize(
    ("question", "allowed"),
    [
        (asked("organisation:write", Role.ADMIN, scopes=frozenset({"organisation:write"})), False),
        (asked("archive:read", Role.MEMBER, {"owner": "bob", "team": "core"}), True),
        (asked("archive:read", Role.MEMBER, {"owner": "bob", "team": "other"}), False),
        (asked("sessions:read", Role.MEMBER, {"owner": "bob", "team": "core"}), False),
        (asked("billing:write", Role.BILLING), False),
        (asked("billing:write", Role.BILLING, scopes=frozenset({"billing:write"})), True),
    ],
)
def test_a_credential_and_a_team_change_what_a_role_allows(
    question: Question, allowed: bool
) -> None:
    assert POLICY.decide(question).allowed is allowed


@given(
    st.sampled_from(Role),
    st.sampled_from(["teams:write", "context:read", "unheard:of", *sorted(SENSITIVE)]),
    st.sampled_from([MINE, {"team": "core"}, {}]),
)
def test_nobody_reaches_another_organisation(role: Role, scope: str, what: dict[str, str]) -> None:
    question = asked(scope, role, {**what, "organisation": "other"}, credential=Credential.LOCAL)
    assert not POLICY.decide(question).allowed


def test_a_credential_allows_no_more_than_its_scopes() -> None:
    for scopes in ((), ("teams:read",), ("*:read",), ("context:*",), ("teams",), ("teams:writes",)):
        question = asked("teams:write", Role.OWNER, scopes=frozenset(scopes))
        assert not POLICY.decide(question).allowed
    for scopes in (("*",), ("teams:*",), ("*:write",), ("*:*",), ("teams:write",)):
        question = asked("teams:write", Role.OWNER, scopes=frozenset(scopes))
        assert POLICY.decide(question).allowed


@pytest.mark.parametrize(
    ("given", "resource", "allowed"),
    [
        ({"project": "shop"}, {"project": "shop", **MINE}, True),
        ({"project": "shop"}, {"project": "other", **MINE}, False),
        ({"project": "shop"}, MINE, False),
        ({}, {"project": "shop", **MINE}, True),
        ({"environment": "test"}, {"environment": "test", **MINE}, True),
        ({"environment": "test"}, {"environment": "production", **MINE}, False),
        ({"environment": "test"}, MINE, False),
        ({}, {"environment": "production", **MINE}, True),
        ({"networks": ("10.0.0.0/8",), "address": "10.1.2.3"}, MINE, True),
        ({"networks": ("10.0.0.0/8",), "address": "::ffff:10.1.2.3"}, MINE, True),
        ({"networks": ("10.0.0.0/8",), "address": "11.1.2.3"}, MINE, False),
        ({"networks": ("2001:db8::/32",), "address": "2001:db8::1"}, MINE, True),
        ({"networks": ("10.0.0.0/8",), "address": ""}, MINE, False),
        ({"networks": ("10.0.0.0/8",), "address": "nonsense"}, MINE, False),
    ],
)
def test_a_credential_may_be_limited(
    given: dict[str, Any], resource: dict[str, str], allowed: bool
) -> None:
    question = asked("context:write", resource=resource, **given)
    assert POLICY.decide(question).allowed is allowed


@pytest.mark.parametrize("scope", sorted(SENSITIVE))
def test_what_is_sensitive_needs_a_fresh_proof_or_its_full_name(scope: str) -> None:
    person: dict[str, Any] = {"credential": Credential.TOKEN, "resource": MINE, "role": Role.OWNER}
    fresh, stale = AT - FRESH + timedelta(seconds=1), AT - FRESH
    assert POLICY.decide(asked(scope, strong_at=fresh, **person)).allowed
    decision = POLICY.decide(asked(scope, strong_at=stale, **person))
    assert (decision.allowed, decision.step_up) == (False, True)
    decision = POLICY.decide(asked(scope, Role.OWNER, MINE))
    assert (decision.allowed, decision.step_up) == (False, False)
    assert scope in decision.why, "the name that it needs"
    client = asked(scope, **person)
    assert POLICY.decide(client) == decision, "nobody stands behind it who could prove who asks"
    assert POLICY.decide(asked(scope, Role.OWNER, MINE, scopes=frozenset({scope}))).allowed


def test_a_policy_that_fails_refuses() -> None:
    sound = asked("keys:write", Role.OWNER, credential=Credential.TOKEN, strong_at=AT)
    assert POLICY.decide(sound).allowed
    for broken in (replace(sound, at="noon"), replace(sound, principal=None)):  # type: ignore[arg-type]
        assert not POLICY.decide(broken).allowed
