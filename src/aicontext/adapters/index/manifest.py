"""Which files an index knows, how they were when they were read, and where that is kept."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from aicontext.domain.errors import InvalidInput
from aicontext.domain.repository.trees import Skip, Stamp
from aicontext.engine.prioritize.index.container import packed
from aicontext.engine.prioritize.index.paths import joined, split

KEY_BYTES = 16
Row = tuple[Stamp, bytes, int, int, int]
"""A file's stamp, the key of what its scan depends on, its segment, number in it, and `skip`."""

_SKIPS = (None, *Skip)
_SECTIONS = 9


class Manifest(NamedTuple):
    """rows: by path, ascending. segments, history: names of files; mark: that of the history."""

    rows: Mapping[str, Row] = MappingProxyType({})
    segments: Sequence[str] = ()
    history: str = ""
    mark: str = ""

    def stamps(self) -> dict[str, Stamp]:
        return {path: row[0] for path, row in self.rows.items()}


def skip_code(skip: Skip | None) -> int:
    return _SKIPS.index(skip)


def skips(rows: Mapping[str, Row]) -> dict[str, Skip]:
    """Files that are known by their paths alone, and why."""
    found = ((path, _SKIPS[row[4]]) for path, row in rows.items() if row[4])
    return {path: skip for path, skip in found if skip}


def manifest_parts(manifest: Manifest) -> list[bytes]:
    """The file, to be written one part after the other."""
    columns = list(zip(*manifest.rows.values(), strict=True)) or [()] * 5
    stamps, keys, segments, numbers, codes = columns
    times = list(zip(*stamps, strict=True)) or [()] * 3
    return packed(
        [
            joined((manifest.mark, manifest.history, *manifest.segments)),
            joined(manifest.rows),
            b"".join(keys),
            array("H", segments).tobytes(),
            array("I", numbers).tobytes(),
            bytes(codes),
            *(array("q", column).tobytes() for column in times),
        ]
    )


def read_manifest(sections: Sequence[memoryview]) -> Manifest:
    """What `manifest_parts` made. Raises InvalidInput."""
    if len(sections) != _SECTIONS:
        raise InvalidInput("one of its files stands in for another")
    names, paths, keys, segments, numbers, codes, *times = sections
    mark, history, *files = split(names)
    rows = zip(
        zip(*(column.cast("q") for column in times), strict=True),
        (key for (key,) in struct.iter_unpack(f"{KEY_BYTES}s", keys)),
        segments.cast("H"),
        numbers.cast("I"),
        codes,
        strict=True,
    )
    return Manifest(dict(zip(split(paths), rows, strict=True)), files, history, mark)
