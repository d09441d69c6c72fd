import asyncio
from pathlib import Path

import pytest

from aicontext.adapters.keys.ring import KeyRing
from aicontext.domain.errors import InvalidInput, Unavailable


def test_only_the_owner_may_read_the_ring(tmp_path: Path) -> None:
    path = tmp_path / "home" / "keys.json"
    asyncio.run(KeyRing(path).seal(b"k", "t"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_former_master_keys_open_and_the_newest_seals(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.json")
    before = asyncio.run(ring.seal(b"k", "t"))
    ring.rotate()
    after = asyncio.run(ring.seal(b"k", "t"))
    assert before[:8] != after[:8]
    assert asyncio.run(ring.open(before, "t")) == asyncio.run(ring.open(after, "t")) == b"k"


def test_a_master_key_that_is_gone_is_told(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    sealed = asyncio.run(KeyRing(path).seal(b"k", "t"))
    path.unlink()
    with pytest.raises(InvalidInput, match="not in the key ring"):
        asyncio.run(KeyRing(path).open(sealed, "t"))


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"a": 1}', '{"a": "zz"}'])
def test_a_damaged_ring_is_never_replaced(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(Unavailable, match="cannot be read"):
        asyncio.run(KeyRing(path).seal(b"k", "t"))
    assert path.read_text() == text
