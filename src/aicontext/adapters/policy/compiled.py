"""A policy of rules in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network

from aicontext.adapters.policy.rules import RULES, Condition, Rule
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Credential, Decision, Principal, Question, Resource
from aicontext.domain.tenancy.scopes import SENSITIVE, allowed

FRESH = timedelta(minutes=15)
"""How long a proof of who asks is fresh."""


class CompiledPolicy:
    """The rules that fit a role and a scope are looked up once."""

    def decide(self, question: Question) -> Decision:
        try:
            return self._refused(question) or self._ruled(question)
        except Exception:  # noqa: BLE001 - whatever is wrong with a policy, it refuses
            return Decision(False, "The policy could not decide.")

    def _refused(self, question: Question) -> Decision | None:
        """What the credential itself does not allow."""
        who, what, scope = question.principal, question.resource, question.scope
        if what.organisation != who.organisation:
            return Decision(False, "It belongs to another organisation.")
        if not allowed(who.scopes, scope):
            return Decision(False, f"The credential does not include {scope}.")
        if who.project and what.project != who.project:
            return Decision(False, "The credential is good for one project only.")
        if who.environment and what.environment != who.environment:
            return Decision(False, f"The credential is good for {who.environment} only.")
        if who.networks and not _inside(who.networks, question.address):
            return Decision(False, "The credential may not be used from this address.")
        return None

    def _ruled(self, question: Question) -> Decision:
        who, what, scope = question.principal, question.resource, question.scope
        for rule in _fitting(who.role, scope):
            if not rule.where or any(_HOLDS[one](who, what) for one in rule.where):
                if scope in SENSITIVE and not _proven(question):
                    return _unproven(who, scope)
                return Decision(True, rule.why)
        return Decision(False, f"The role {who.role} does not allow {scope} here.")


@lru_cache(1024)
def _fitting(role: Role, scope: str) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in RULES
        if rule.role is role and allowed(rule.scopes, scope) and not allowed(rule.but, scope)
    )


def _proven(question: Question) -> bool:
    who = question.principal
    if who.credential is Credential.LOCAL or question.scope in who.scopes:
        return True
    return who.strong_at is not None and question.at - who.strong_at < FRESH


def _unproven(who: Principal, scope: str) -> Decision:
    if who.credential is Credential.TOKEN and who.strong_at is not None:
        return Decision(False, f"{scope} needs a fresh proof of who asks.", step_up=True)
    return Decision(False, f"{scope} must be named in full on the credential.")


@lru_cache(1024)
def _inside(networks: tuple[str, ...], address: str) -> bool:
    found = ip_address(address)
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in ip_network(one) for one in networks)


_HOLDS: dict[Condition, Callable[[Principal, Resource], bool]] = {
    Condition.OWN: lambda who, what: what.owner == who.user,
    Condition.TEAM: lambda who, what: what.team in who.teams,
    Condition.OPEN: lambda who, what: not what.owner and not what.team,
}
