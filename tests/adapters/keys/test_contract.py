"""One suite over every keeper of a master key."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from servers.moto import Moto
from servers.softhsm import MODULE, PIN, SoftHsm
from servers.vault import TOKEN, Vault

from aicontext.adapters.keys.kms import KmsKeys
from aicontext.adapters.keys.pkcs11 import Pkcs11Keys
from aicontext.adapters.keys.ring import KeyRing
from aicontext.adapters.keys.vault import VaultKeys
from aicontext.domain.errors import InvalidInput, Unavailable
from aicontext.ports.keys import Keys

KEY = bytes(range(32))

Test = Callable[[Keys], Awaitable[None]]


@pytest.fixture(scope="module")
def vault() -> Iterator[Vault]:
    server = Vault()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHsm]:
    module = SoftHsm(tmp_path_factory.mktemp("softhsm"))
    module.make("own", b"\1")
    yield module
    module.stop()


@pytest.fixture(params=["ring", "kms", "vault", "pkcs11"])
def keys(
    request: pytest.FixtureRequest,
    moto: Moto,
    vault: Vault,
    softhsm: SoftHsm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Keys:
    if request.param == "ring":
        return KeyRing(tmp_path / "home" / "keys.json")
    if request.param == "vault":
        return VaultKeys(vault.address, TOKEN)
    if request.param == "pkcs11":
        return Pkcs11Keys(softhsm.address("own"), PIN)
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


@pytest.mark.parametrize("address", ["vault://", "vault://h", "vault://:1/k"])
def test_an_address_without_host_or_key_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="vault://HOST"):
        VaultKeys(address, "")


def test_a_vault_that_does_not_answer_or_know_us_is_told(vault: Vault) -> None:
    for keys in (VaultKeys("vault+http://127.0.0.1:1/ours", TOKEN), VaultKeys(vault.address, "x")):

        async def test(keys: Keys) -> None:
            with pytest.raises(Unavailable, match="Vault gave no answer"):
                await keys.seal(KEY, "t")

        run(keys, test)


def test_a_module_seals_under_its_newest_key_and_opens_with_those_before(softhsm: SoftHsm) -> None:
    softhsm.make("rotated", b"\1")

    async def test(keys: Keys) -> None:
        old = await keys.seal(KEY, "t")
        softhsm.make("rotated", b"\2")
        new = await keys.seal(KEY, "t")
        assert (old[:2], new[:2]) == (b"\1\1", b"\1\2")
        assert await keys.open(old, "t") == await keys.open(new, "t") == KEY
        with pytest.raises(InvalidInput, match="not in the module"):
            await Pkcs11Keys(softhsm.address("own"), PIN).open(new, "t")

    run(Pkcs11Keys(softhsm.address("rotated"), PIN), test)


@pytest.mark.parametrize(
    "address",
    [
        f"pkcs11://ours/nothing?module={MODULE}",
        f"pkcs11://theirs/own?module={MODULE}",
        "pkcs11://ours/own?module=/nowhere.so",
    ],
)
def test_a_module_without_what_is_asked_for_is_told(softhsm: SoftHsm, address: str) -> None:
    async def test(keys: Keys) -> None:
        with pytest.raises(Unavailable, match="module gave no answer"):
            await keys.seal(KEY, "t")

    run(Pkcs11Keys(address, PIN), test)


@pytest.mark.parametrize("address", ["pkcs11://", "pkcs11://t/k", "pkcs11://t?module=m"])
def test_an_address_without_token_label_or_module_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput, match="pkcs11://TOKEN"):
        Pkcs11Keys(address, "")
