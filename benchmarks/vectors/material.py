"""Vectors of our own making: clusters in few of the dimensions, as embeddings of texts lie.

50 tenants, whose sizes fall as Zipf's law says, of 20 users each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIMENSION, TENANTS, USERS = 384, 50, 20
_BATCH, _CLUSTERS, _FREE = 10_000, 2_000, 48


@dataclass(frozen=True)
class Material:
    vectors: NDArray[np.float32]
    tenants: NDArray[np.int64]
    users: NDArray[np.int64]


def made(amount: int, file: Path, seed: int = 7) -> Material:
    """file: holds the vectors, so that they need no memory."""
    chance = np.random.default_rng(seed)
    vectors = np.lib.format.open_memmap(
        file, mode="w+", dtype=np.float32, shape=(amount, DIMENSION)
    )
    first = 0
    for batch in _batches(amount, chance):
        vectors[first : first + len(batch)] = batch
        first += len(batch)
    shares = 1 / np.arange(1, TENANTS + 1)
    tenants = chance.choice(TENANTS, amount, p=shares / shares.sum())
    return Material(vectors, tenants, chance.integers(0, USERS, amount))


def near(material: Material, among: NDArray[np.int64], amount: int) -> NDArray[np.float32]:
    """Vectors a little beside some that are kept: what is asked for."""
    chance = np.random.default_rng(11)
    chosen = material.vectors[np.sort(chance.choice(among, amount))]
    return _units(chosen + chance.standard_normal(chosen.shape, np.float32) * np.float32(0.03))


def _batches(amount: int, chance: np.random.Generator) -> Iterator[NDArray[np.float32]]:
    turn = chance.standard_normal((_FREE, DIMENSION), np.float32) / np.float32(_FREE**0.5)
    centres = chance.standard_normal((_CLUSTERS, _FREE), np.float32)
    for first in range(0, amount, _BATCH):
        size = min(_BATCH, amount - first)
        place = centres[chance.integers(0, _CLUSTERS, size)]
        place = place + chance.standard_normal((size, _FREE), np.float32) * np.float32(0.6)
        noise = chance.standard_normal((size, DIMENSION), np.float32) * np.float32(0.15)
        yield _units(place @ turn + noise)


def _units(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
