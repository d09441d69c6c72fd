"""What the commits say of files, written once and searched where it lies."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence

from aicontext.domain.repository.corpus import FileHistory
from aicontext.engine.prioritize.index.columns import column, opened, written
from aicontext.engine.prioritize.index.container import LEVEL, packed
from aicontext.engine.prioritize.index.inverted import Inverted, Inverter
from aicontext.engine.prioritize.index.paths import joined, split


def history_parts(history: FileHistory) -> list[bytes]:
    """What `KeptHistory` reads, to be written one part after the other."""
    paths = sorted(history.messages.keys() | history.churn.keys())
    inverter = Inverter("B")
    lengths: list[int] = []
    for path in paths:
        counts = history.messages.get(path, {})
        inverter.add(counts, counts.values())
        lengths.append(sum(counts.values()))
    churn = array("d", (history.churn.get(path, 0.0) for path in paths))
    sections = [joined(paths), churn.tobytes(), written(column(lengths))]
    sections += inverter.finished()[0]
    return packed([zlib.compress(section, LEVEL) for section in sections])


class KeptHistory:
    """Reads what `history_parts` wrote. paths, churn and lengths stand side by side."""

    def __init__(self, sections: Sequence[memoryview]) -> None:
        paths, churn, lengths, *rest = (memoryview(zlib.decompress(one)) for one in sections)
        self.paths = split(paths)
        self.churn = churn.cast("d")
        self.lengths = opened(lengths)
        self._inverted = Inverted(rest)

    def postings(self, term: str) -> tuple[list[int], list[int]]:
        """The files, by their place in `paths`, whose messages hold the term; how often each."""
        rank = self._inverted.find(term)
        return self._inverted.owners(rank) if rank >= 0 else ([], [])

    def holding(self, term: str, gone: frozenset[int]) -> int:
        """How many files' messages hold the term, those `gone` not counted."""
        rank = self._inverted.find(term)
        return self._inverted.having(rank, gone) if rank >= 0 else 0
