"""One suite over every keeper of a master key."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from servers.moto import Moto

from aicontext.adapters.keys.kms import KmsKeys
from aicontext.adapters.keys.ring import KeyRing
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.ports.keys import Keys

KEY = bytes(range(32))

Test = Callable[[Keys], Awaitable[None]]


@pytest.fixture(params=["ring", "kms"])
def keys(
    request: pytest.FixtureRequest, moto: Moto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Keys:
    if request.param == "ring":
        return KeyRing(tmp_path / "home" / "keys.json")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client: Any = boto3.client("kms", endpoint_url=moto.url, region_name="us-east-1")
    made = client.create_key()["KeyMetadata"]["KeyId"]
    client.close()
    return KmsKeys(made, "us-east-1", moto.url)


def run(keys: Keys, test: Test) -> None:
    async def go() -> None:
        await test(keys)
        await keys.close()

    asyncio.run(go())


def test_a_sealed_key_is_opened_for_what_it_was_sealed_for(keys: Keys) -> None:
    async def test(keys: Keys) -> None:
        sealed = await keys.seal(KEY, "tenant é")
        assert KEY not in sealed
        assert await keys.open(sealed, "tenant é") == KEY
        assert sealed != await keys.seal(KEY, "tenant é")
        with pytest.raises(InvalidInput):
            await keys.open(sealed, "another tenant")

    run(keys, test)


@pytest.mark.parametrize("damage", [b"", b"x", b"x" * 500])
def test_what_is_no_sealed_key_is_refused(keys: Keys, damage: bytes) -> None:
    async def test(keys: Keys) -> None:
        await keys.seal(KEY, "t")
        with pytest.raises((InvalidInput, Unavailable)):
            await keys.open(damage, "t")

    run(keys, test)


def test_a_changed_one_is_refused(keys: Keys) -> None:
    async def test(keys: Keys) -> None:
        sealed = await keys.seal(KEY, "t")
        with pytest.raises((InvalidInput, Unavailable)):
            await keys.open(sealed[:-1] + bytes((sealed[-1] ^ 1,)), "t")

    run(keys, test)
