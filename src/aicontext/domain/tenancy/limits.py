"""How often something may be asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from aicontext.domain.errors import InvalidInput

PARTS = 16
"""Of a window: what was let through is counted by these, and forgotten by whole ones."""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` in any `window` seconds.

    name: of the rule, as callers are told it. subject: who or what is counted, such as "user:ID".
    """

    name: str
    subject: str
    limit: int
    window: int

    @property
    def part(self) -> int:
        """Milliseconds of a part of the window."""
        return -(-self.window * 1000 // PARTS)


@dataclass(frozen=True, slots=True)
class Claim:
    """weight: what one call takes of the quota; 0 only asks how much is left."""

    quota: Quota
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Left:
    """remaining: what may be taken now. reset: seconds until all of the quota may be taken again,
    if nothing more is."""

    quota: Quota
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether all claims were let through; otherwise nothing was taken of any.

    left: of each claim's quota, in their order. wait: seconds after which the same claims would be
    let through, if nothing more is taken meanwhile; infinite where one is larger than its quota.
    """

    allowed: bool
    left: tuple[Left, ...]
    wait: float = 0.0


class Per(StrEnum):
    """What a rule counts apart."""

    ORGANISATION = "organisation"
    USER = "user"
    KEY = "key"
    """The credential: a key, a sign-in, a client."""

    ADDRESS = "address"
    """Where the call came from."""


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `limit` calls in any `window` seconds by each. route: the only one that it is about;
    empty: all together."""

    per: Per
    limit: int
    window: int
    route: str = ""

    @property
    def name(self) -> str:
        return f"{self.per}:{self.route}" if self.route else self.per.value


def rule(text: str) -> Rule:
    """The rule written as `user=600/60`, or `user:ROUTE=6/1` for one route. Raises InvalidInput."""
    found = _RULE.fullmatch(text)
    if found is None or int(found["window"]) > _LONGEST:
        raise InvalidInput(
            f"{text[:60]!r} is no limit.",
            hint="Give WHO=CALLS/SECONDS or WHO:ROUTE=CALLS/SECONDS, such as user=600/60; WHO is"
            f" {', '.join(Per)}, and SECONDS are {_LONGEST:,} at most.",
        )
    return Rule(Per(found["per"]), int(found["limit"]), int(found["window"]), found["route"] or "")


_LONGEST = 31 * 86_400
_RULE = re.compile(
    rf"(?P<per>{'|'.join(Per)})(:(?P<route>[a-z0-9_.-]{{1,60}}))?"
    r"=(?P<limit>[1-9][0-9]{0,8})/(?P<window>[1-9][0-9]{0,6})"
)
