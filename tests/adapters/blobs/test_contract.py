"""One suite over every store of contents."""

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import boto3
import pytest
from servers.ceph import Ceph

from aicontext.adapters.blobs.folder import FolderObjects
from aicontext.adapters.blobs.objects import Objects
from aicontext.adapters.blobs.s3 import S3Objects
from aicontext.adapters.blobs.sealed import SealedBlobs
from aicontext.adapters.blobs.sealing import CHUNK, HEAD, SEALED
from aicontext.adapters.keys.ring import KeyRing
from aicontext.domain.errors import InvalidInput, NotFound, Unavailable
from aicontext.kit.clock import CLOCK
from aicontext.kit.ids import time_ordered

A, B = "a" * 32, "b" * 32
OPTIONS = {
    "access_key_id": "test",
    "secret_access_key": "test",
    "region": "us-east-1",
    "virtual_hosted_style_request": "false",
}

Test = Callable[[SealedBlobs, Objects, KeyRing], Awaitable[None]]


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Moto's address; that of Ceph's gateway in `make test-ceph`."""
    if os.environ.get("AICONTEXT_TEST_S3") != "ceph":
        yield request.getfixturevalue("moto").url
        return
    ceph = Ceph(tmp_path_factory.mktemp("ceph"))
    yield ceph.url
    ceph.stop()


@pytest.fixture(scope="module")
def contents(server: str) -> str:
    """A bucket; where its server is."""
    client = boto3.client(
        "s3",
        endpoint_url=server,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket="contents")
    return server


@pytest.fixture(params=["folder", "s3"])
def run(request: pytest.FixtureRequest, contents: str, tmp_path: Path) -> Callable[[Test], None]:
    objects: Objects = (
        FolderObjects(tmp_path / "contents")
        if request.param == "folder"
        else S3Objects(f"s3://contents/{tmp_path.name}", {**OPTIONS, "endpoint": contents})
    )
    ring = KeyRing(tmp_path / "keys.json")
    blobs = SealedBlobs(objects, ring, tmp_path / "spool", clock=CLOCK, new_id=time_ordered)

    async def go(test: Test) -> None:
        await test(blobs, objects, ring)
        await blobs.close()
        assert not list((tmp_path / "spool").glob("*"))

    return lambda test: asyncio.run(go(test))


async def parts(content: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def read(
    blobs: SealedBlobs, tenant: str, digest: str, first: int = 0, length: int | None = None
) -> bytes:
    return b"".join([part async for part in blobs.get(tenant, digest, first, length)])


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1_000_000])
def test_a_content_comes_back_as_it_was(run: Callable[[Test], None], size: int) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        digest = await blobs.put(A, parts(content(size)))
        assert digest == hashlib.sha256(content(size)).hexdigest()
        assert await read(blobs, A, digest) == content(size)
        assert await blobs.held(A, digest)

    run(test)


def test_any_part_is_read_alone(run: Callable[[Test], None]) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        whole = content(2 * CHUNK + 100)
        digest = await blobs.put(A, parts(whole))
        chance = random.Random(1)
        edges = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, len(whole) - 1, len(whole)]
        for _ in range(40):
            first = chance.choice([*edges, chance.randrange(len(whole) + 10)])
            length = chance.choice([0, 1, CHUNK, chance.randrange(len(whole)), None])
            end = len(whole) if length is None else first + length
            assert await read(blobs, A, digest, first, length) == whole[first:end]

    run(test)


def test_the_same_content_is_kept_once_for_each_tenant(run: Callable[[Test], None]) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        digest = await blobs.put(A, parts(b"x"))
        assert await blobs.put(A, parts(b"x")) == digest
        other = await blobs.put(A, parts(b"y"))
        assert {one async for one in blobs.digests(A)} == {digest, other}
        for start in (digest[:1], digest[:2], digest[:12], digest):
            assert digest in [one async for one in blobs.digests(A, start)]
        assert [one async for one in blobs.digests(A, other[:12])] == [other]
        assert not await blobs.held(B, digest)
        with pytest.raises(NotFound):
            await read(blobs, B, digest)
        await blobs.put(B, parts(b"x"))
        await blobs.remove(A, digest)
        await blobs.remove(A, digest)
        assert [one async for one in blobs.digests(A)] == [other]
        assert await read(blobs, B, digest) == b"x"

    run(test)


def test_nothing_open_lies_in_the_store(run: Callable[[Test], None]) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        await blobs.put(A, parts(b"sesame, open " * 100))
        names = [name async for name in objects.names(f"{A}/")]
        assert len(names) == 2
        for name in names:
            assert b"sesame" not in await objects.read(name, 0, 10_000)

    run(test)


def test_damage_is_told_and_nothing_of_it_shown(
    run: Callable[[Test], None], tmp_path: Path
) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        whole = content(2 * CHUNK)
        digest = await blobs.put(A, parts(whole))
        name = f"{A}/blobs/{digest[:2]}/{digest}"
        size = await objects.size(name)
        assert size == HEAD + 2 * SEALED
        sealed = await objects.read(name, 0, size)
        first, second = sealed[HEAD : HEAD + SEALED], sealed[HEAD + SEALED :]
        damages = [
            *(flipped(sealed, place) for place in (0, 9, 30, 50, HEAD + 5, size - 1)),
            sealed[:-SEALED],
            sealed[:-1],
            sealed[:HEAD],
            sealed[:10],
            sealed[:HEAD] + second + first,
            sealed + second,
        ]
        for damage in damages:
            file = tmp_path / "damage"
            file.write_bytes(damage)
            await objects.put(name, file)
            with pytest.raises((Unavailable, InvalidInput)):
                await read(blobs, A, digest)

    run(test)


def flipped(sealed: bytes, place: int) -> bytes:
    return sealed[:place] + bytes((sealed[place] ^ 1,)) + sealed[place + 1 :]


def test_one_content_does_not_pass_for_another(run: Callable[[Test], None], tmp_path: Path) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        one, other = await blobs.put(A, parts(b"one")), await blobs.put(A, parts(b"other"))
        stranger = await blobs.put(B, parts(b"other"))
        for source in (f"{A}/blobs/{one[:2]}/{one}", f"{B}/blobs/{other[:2]}/{stranger}"):
            file = tmp_path / "swapped"
            file.write_bytes(await objects.read(source, 0, 10_000))
            await objects.put(f"{A}/blobs/{other[:2]}/{other}", file)
            with pytest.raises(Unavailable):
                await read(blobs, A, other)

    run(test)


def test_rotating_keeps_what_is_there_readable(run: Callable[[Test], None], tmp_path: Path) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        before = await blobs.put(A, parts(b"before"))
        ring.rotate()
        await blobs.rotate(A)
        after = await blobs.put(A, parts(b"after"))
        again = SealedBlobs(objects, ring, tmp_path / "spool", clock=CLOCK, new_id=time_ordered)
        assert await read(again, A, before) == b"before"
        assert await read(again, A, after) == b"after"
        keys = [name async for name in objects.names(f"{A}/keys/")]
        masters = {(await objects.read(name, 0, 8)) for name in keys}
        assert len(keys) == 2
        assert len(masters) == 1

    run(test)


def test_what_is_forgotten_cannot_be_read_from_a_copy(
    run: Callable[[Test], None], tmp_path: Path
) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        digest = await blobs.put(A, parts(b"x"))
        kept = await blobs.put(B, parts(b"x"))
        name = f"{A}/blobs/{digest[:2]}/{digest}"
        copy = tmp_path / "copy"
        copy.write_bytes(await objects.read(name, 0, 10_000))
        await blobs.forget(A)
        assert not await blobs.held(A, digest)
        await objects.put(name, copy)
        with pytest.raises(Unavailable, match="key"):
            await read(blobs, A, digest)
        assert await read(blobs, B, kept) == b"x"

    run(test)


def test_a_content_that_breaks_off_leaves_nothing(run: Callable[[Test], None]) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield content(CHUNK)
        raise ZeroDivisionError

    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        with suppress(ZeroDivisionError):
            await blobs.put(A, breaks())
        assert [one async for one in blobs.digests(A)] == []

    run(test)


@pytest.mark.parametrize("name", ["", "..", "../" + "a" * 29, "A" * 32, "a" * 33, "a" * 31 + "/"])
def test_names_are_never_paths(run: Callable[[Test], None], name: str) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        with pytest.raises(InvalidInput):
            await blobs.put(name, parts(b"x"))
        with pytest.raises(InvalidInput):
            await read(blobs, A, name)

    run(test)


def test_writers_at_once_agree(run: Callable[[Test], None], tmp_path: Path) -> None:
    async def test(blobs: SealedBlobs, objects: Objects, ring: KeyRing) -> None:
        other = SealedBlobs(objects, ring, tmp_path / "spool", clock=CLOCK, new_id=time_ordered)
        work = [(blobs, other)[n % 2].put(A, parts(b"%d" % (n // 4))) for n in range(16)]
        digests = set(await asyncio.gather(*work))
        assert len(digests) == 4
        for digest in digests:
            assert await read(blobs, A, digest) == await read(other, A, digest)

    run(test)
