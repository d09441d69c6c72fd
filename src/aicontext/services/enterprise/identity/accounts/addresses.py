"""E-mail addresses, by which people sign in."""

from __future__ import annotations

from aicontext.domain.errors import InvalidInput


def email_of(given: str) -> str:
    """As it is kept. Raises InvalidInput."""
    found = given.strip().lower()
    if not sound(found):
        raise InvalidInput(f"{given[:80]!r} is no e-mail address.")
    return found


def sound(email: str) -> bool:
    name, at, host = email.rpartition("@")
    plain = email.isprintable() and not any(map(str.isspace, email)) and len(email) <= 320
    return bool(plain and name and at and host and "@" not in name)
