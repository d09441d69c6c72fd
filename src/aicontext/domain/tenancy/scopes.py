"""Scopes: what a route requires, such as "teams:write", and patterns of what is allowed.

A pattern has `*` in the place of the resource, of the action, or of both ("*").
"""

from __future__ import annotations

import re
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

_PART = r"(?:\*|[a-z][a-z_]{0,39})"
_PATTERN = re.compile(rf"\*|{_PART}:{_PART}")


def patterns(given: Iterable[str]) -> tuple[str, ...]:
    """The patterns, sorted, each once. Raises InvalidInput where one is none."""
    found = tuple(sorted(set(given)))
    for one in found:
        if not _PATTERN.fullmatch(one):
            raise InvalidInput(
                f"{one[:80]!r} is no scope.", hint='Give some as "context:read" or "teams:*".'
            )
    return found


@lru_cache(maxsize=4096)
def allowed(by: frozenset[str], scope: str) -> bool:
    """Whether a pattern allows all that the scope, or narrower pattern, does."""
    if scope in by or "*" in by:
        return True
    resource, _, action = scope.partition(":")
    return f"{resource}:*" in by or f"*:{action or '*'}" in by or "*:*" in by
