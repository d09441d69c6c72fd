"""What bringing an index up to date did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from aicontext.domain.repository.trees import Skip


class Indexed(NamedTuple):
    """files: in the index, with a text. read: how many were read, the others had not changed.
    inexact: those read that were not UTF-8. skipped: {why: paths} of what is named and not shown,
    the most frequent reason first. whole_history: whether every commit asked for could be read.
    rebuilt: why all was read anew; empty where it was not.
    """

    files: int
    read: int
    inexact: int
    skipped: Mapping[Skip, tuple[str, ...]]
    whole_history: bool = True
    rebuilt: str = ""
