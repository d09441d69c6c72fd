"""Passwords: checked, and at the same cost where there is nobody."""

import asyncio
from collections.abc import Awaitable, Callable

from argon2 import extract_parameters

from aicontext.adapters.identity.argon2 import MEMORY, WAITING, Argon2Passwords
from aicontext.domain.errors import Unavailable

Test = Callable[[Argon2Passwords], Awaitable[None]]


def run(test: Test, memory: int = 64) -> None:
    async def go() -> None:
        passwords = Argon2Passwords(memory)
        try:
            await test(passwords)
        finally:
            passwords.close()

    asyncio.run(go())


def test_a_password_fits_its_verifier_alone() -> None:
    async def test(passwords: Argon2Passwords) -> None:
        kept = await passwords.verifier("correct horse")
        assert kept != await passwords.verifier("correct horse")
        assert "correct" not in kept
        assert await passwords.fits("correct horse", kept)
        for password, verifier in (("correct hors", kept), ("", kept), ("x", ""), ("x", "junk")):
            assert not await passwords.fits(password, verifier)

    run(test)


def test_nobody_is_checked_at_the_cost_of_somebody() -> None:
    async def test(passwords: Argon2Passwords) -> None:
        kept = await passwords.verifier("correct horse")
        assert extract_parameters(kept) == extract_parameters(passwords.nobody)
        assert f"m={MEMORY}," in Argon2Passwords().nobody
        assert not await passwords.fits("correct horse", passwords.nobody)

    run(test)


def test_too_many_at_once_are_told_to_come_back() -> None:
    async def test(passwords: Argon2Passwords) -> None:
        checks = (passwords.fits("x", "") for _ in range(WAITING + 5))
        done = await asyncio.gather(*checks, return_exceptions=True)
        assert [type(one) for one in done].count(Unavailable) == 5

    run(test)
