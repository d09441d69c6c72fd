"""Who may do what: credentials, and the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aicontext.kit.clock import CLOCK, Clock
from aicontext.kit.ids import time_ordered
from aicontext.settings import LOOPBACK

if TYPE_CHECKING:
    from aicontext.ports.access.policy import Policy
    from aicontext.ports.stores.cache import Cache
    from aicontext.ports.stores.records import Records
    from aicontext.services.enterprise.identity.authentication import Authentication
    from aicontext.services.enterprise.identity.keys import KeyService
    from aicontext.settings import Settings


def policy() -> Policy:
    """The rules that are built in."""
    from aicontext.adapters.policy.compiled import CompiledPolicy

    return CompiledPolicy()


@dataclass(frozen=True, slots=True)
class Identity:
    """The services that know who asks, over the same records and cache."""

    authentication: Authentication
    keys: KeyService


def identity(settings: Settings, records: Records, cache: Cache, clock: Clock = CLOCK) -> Identity:
    from aicontext.services.enterprise.identity.authentication import Authentication
    from aicontext.services.enterprise.identity.keys import KeyService
    from aicontext.services.enterprise.identity.known import Known
    from aicontext.services.enterprise.identity.local import LocalUser
    from aicontext.services.enterprise.identity.members import Members

    known = Known(cache)
    members = Members(records, known)
    local = LocalUser(records, known, clock, open_=settings.host in LOOPBACK)
    return Identity(
        Authentication(records, known, members, local, clock=clock),
        KeyService(records, known, clock, time_ordered),
    )
