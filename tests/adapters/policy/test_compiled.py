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
from aicontext.domain.tenancy.scopes import SENSITIVE

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


@pytest.mark.parametrize(
    ("question", "allowed"),
    [
        (asked("teams:write", Role.OWNER), True),
        (asked("teams:write", Role.ADMIN), True),
        (asked("organisation:write", Role.ADMIN, scopes=frozenset({"organisation:write"})), False),
        (asked("teams:write", Role.MEMBER), False),
        (asked("teams:read", Role.MEMBER), True),
        (asked("context:write", Role.MEMBER, MINE), True),
        (asked("context:write", Role.MEMBER, {"team": "core"}), True),
        (asked("context:write", Role.MEMBER, {"team": "other"}), False),
        (asked("context:write", Role.MEMBER, {"owner": "bob"}), False),
        (asked("archive:read", Role.MEMBER, {"owner": "bob"}), False),
        (asked("archive:read", Role.MEMBER, {"owner": "bob", "team": "core"}), True),
        (asked("keys:read", Role.MEMBER, MINE), True),
        (asked("keys:read", Role.MEMBER, {"team": "core"}), False),
        (asked("sessions:read", Role.MEMBER, {"owner": "bob", "team": "core"}), False),
        (asked("account:write", Role.MEMBER, {"team": "core"}), False),
        (asked("clients:read", Role.MEMBER), False),
        (asked("account:write", Role.VIEWER, MINE), True),
        (asked("account:read", Role.SERVICE, MINE), True),
        (asked("account:write", Role.SERVICE, MINE), False),
        (asked("context:write", Role.VIEWER, MINE), False),
        (asked("context:read", Role.VIEWER, MINE), True),
        (asked("usage:read", Role.BILLING), True),
        (asked("context:read", Role.BILLING), False),
        (asked("billing:write", Role.BILLING), False),
        (asked("billing:write", Role.BILLING, scopes=frozenset({"billing:write"})), True),
        (asked("context:write", Role.SERVICE), True),
        (asked("keys:write", Role.SERVICE, MINE), False),
        (asked("users:read", Role.SERVICE), False),
    ],
)
def test_a_role_allows_what_its_rules_say(question: Question, allowed: bool) -> None:
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
