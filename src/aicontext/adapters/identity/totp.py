"""One-time codes, by pyotp."""

from __future__ import annotations

import hmac

import pyotp

_STEP = 30
"""Seconds."""


class TotpCodes:
    """name: of the platform, as such a program shows it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def new_secret(self) -> str:
        return pyotp.random_base32()

    def address(self, secret: str, account: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=self._name)

    def step(self, secret: str, code: str, at: float, *, after: int) -> int | None:
        code = "".join(code.split())
        now = int(at // _STEP)
        fitting = None
        for step in range(now - 1, now + 2):
            right = pyotp.TOTP(secret).generate_otp(step)
            if hmac.compare_digest(right.encode(), code.encode("utf-8", "replace")):
                fitting = step
        return fitting if fitting is not None and fitting > after else None
