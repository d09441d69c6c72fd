"""A file that is not as it was written is never read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aicontext.domain.errors import InvalidInput
from aicontext.engine.prioritize.index.container import SMALL, packed, unpacked

SECTIONS = [b"", b"abc", bytes(40), b"x" * 17]
WHOLE = b"".join(packed(SECTIONS))


@pytest.mark.parametrize(
    "length", [0, SMALL // 2, SMALL, 2 * SMALL], ids=["0", "half", "edge", "more"]
)
def test_what_was_packed_is_read(length: int) -> None:
    sections = [*SECTIONS, bytes(range(256)) * (length // 256)]
    whole = b"".join(packed(sections))
    assert [bytes(one) for one in unpacked(memoryview(whole))] == sections
    assert (len(whole) < length) == (length == SMALL // 2)


@pytest.mark.parametrize("bit", range(8))
def test_no_flipped_bit_goes_unnoticed(bit: int) -> None:
    for at in range(len(WHOLE)):
        damaged = bytearray(WHOLE)
        damaged[at] ^= 1 << bit
        with pytest.raises(InvalidInput):
            unpacked(memoryview(damaged))


@given(st.integers(0, len(WHOLE) - 1), st.binary(max_size=8))
def test_no_other_end_goes_unnoticed(end: int, more: bytes) -> None:
    if WHOLE[:end] + more != WHOLE:
        with pytest.raises(InvalidInput):
            unpacked(memoryview(WHOLE[:end] + more))
