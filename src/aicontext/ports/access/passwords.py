"""What passwords are checked against."""

from __future__ import annotations

from typing import Protocol


class Passwords(Protocol):
    """Both methods take the same time whatever is given, and raise Unavailable where too much is to
    do."""

    async def verifier(self, password: str) -> str:
        """What to keep of a password: it can be checked against, and not be turned back."""

    async def fits(self, password: str, verifier: str) -> bool:
        """Whether the password is that of the verifier; it is of none where that is ""."""

    def close(self) -> None: ...
