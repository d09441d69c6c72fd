"""What somebody may hand on: no more than their own credential allows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aicontext.domain.errors import Forbidden
from aicontext.domain.storage.records import Role
from aicontext.domain.tenancy.access import Principal
from aicontext.domain.tenancy.scopes import SENSITIVE, allowed


def check_role(by: Principal, role: Role) -> None:
    """Whether somebody may give the role, or let one in who has it. Raises Forbidden.

    Who lets somebody in can come in as them: a credential for some scopes alone would so become
    one for all that an administrator may do.
    """
    if role is Role.OWNER and by.role is not Role.OWNER:
        raise Forbidden("Owners alone make owners, and let them in again.")
    if role in (Role.OWNER, Role.ADMIN) and not allowed(by.scopes, "*"):
        raise Forbidden(
            "A credential for some scopes alone lets no administrator in.",
            hint="Sign in, or use one with the scope *.",
        )


def check_end(by: Principal, ends_at: datetime | None) -> None:
    """Raises Forbidden where what somebody makes would outlive their own credential."""
    if by.ends_at is not None and (ends_at is None or ends_at > by.ends_at):
        raise Forbidden(
            "Your own credential ends before it would.", hint="Sign in, or use one that stays."
        )


def check_given(by: Principal, scopes: Iterable[str], route: str) -> None:
    """Whether somebody may hand the scopes on. Raises Forbidden.

    route: the scope that the call itself needs. A credential that names a sensitive one in full
    takes no proof for it, so it gives no sensitive scope but those that it names in full too.
    """
    for scope in scopes:
        unproven = scope in SENSITIVE - by.scopes and route in by.scopes
        if unproven or not allowed(by.scopes, scope):
            raise Forbidden(f"You may not give {scope}, which you do not have yourself.")
