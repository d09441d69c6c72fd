"""Scopes: what a route requires, such as "teams:write", and patterns of what is allowed.

A pattern has `*` in the place of the resource, of the action, or of both ("*").
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from aicontext.domain.errors import InvalidInput

EVERYTHING = frozenset({"*"})

SENSITIVE = frozenset(
    {
        "billing:write",
        "clients:write",
        "factors:write",
        "keys:write",
        "organisation:write",
        "users:write",
    }
)
"""Scopes that need a fresh proof of who asks, or a credential on which they are named in full."""

_READ_AND_WRITTEN = (
    "account",
    "budgets",
    "clients",
    "context",
    "factors",
    "integrations",
    "keys",
    "operations",
    "organisation",
    "projects",
    "sessions",
    "settings",
    "teams",
    "users",
)
SCOPES = SENSITIVE.union(
    ("analytics:read", "archive:read", "packs:write", "usage:read"),
    *((f"{one}:read", f"{one}:write") for one in _READ_AND_WRITTEN),
)
"""All there are; a test holds them against the routes."""


def patterns(given: Iterable[str]) -> tuple[str, ...]:
    """The patterns, sorted, each once. Raises InvalidInput where one is none of ours."""
    found = tuple(sorted(set(given)))
    for one in found:
        if not any(allowed(frozenset({one}), scope) for scope in SCOPES):
            raise InvalidInput(
                f"There is no scope {one[:80]!r}.",
                hint=f'There are {", ".join(sorted(SCOPES))}, and patterns as "teams:*".',
            )
    return found


@lru_cache(maxsize=4096)
def allowed(by: frozenset[str], scope: str) -> bool:
    """Whether a pattern allows all that the scope, or narrower pattern, does."""
    if scope in by or "*" in by:
        return True
    resource, _, action = scope.partition(":")
    return f"{resource}:*" in by or f"*:{action or '*'}" in by or "*:*" in by
