"""Vectors of 384 dimensions in each store: put, found under filters beside exact answers, removed.

python benchmarks/vectors/run.py STORE [--amount 1000000] [--folder FOLDER] [--write]

STORE: exact, qdrant or pgvector. The folder takes about 8 KB a vector.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from material import DIMENSION, TENANTS, Material, made, near
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from servers.postgresql import Postgresql  # noqa: E402

from aicontext.adapters.vectors.exact import ExactVectors  # noqa: E402
from aicontext.adapters.vectors.pgvector import PgVectors  # noqa: E402
from aicontext.adapters.vectors.qdrant import QdrantVectors  # noqa: E402
from aicontext.domain.storage.vectors import Filter, Item, Space  # noqa: E402
from aicontext.ports.stores.vectors import Vectors  # noqa: E402

RESULT = ROOT / "benchmarks/results/vectors.json"
SPACE = Space("made", DIMENSION)
GROUP, LIMIT = 1_000, 10


@contextmanager
def opened(store: str, folder: Path) -> Iterator[Vectors]:
    if store != "pgvector":
        kind = QdrantVectors if store == "qdrant" else ExactVectors
        yield kind(folder / "vectors.db", SPACE)
        return
    server = Postgresql()
    try:
        yield PgVectors(server.database(), SPACE)
    finally:
        server.stop()


async def put(vectors: Vectors, material: Material) -> float:
    """Seconds for all, each group acknowledged."""
    begun = time.perf_counter()
    for first in range(0, len(material.tenants), GROUP):
        block = material.vectors[first : first + GROUP].tolist()
        await vectors.put([item(material, first + n, vector) for n, vector in enumerate(block)])
    return time.perf_counter() - begun


def item(material: Material, number: int, vector: list[float]) -> Item:
    tenant, user = f"t{material.tenants[number]}", f"u{material.users[number]}"
    metadata = {"handle": f"{number:012x}", "tokens": number % 50_000, "at": 1.7e9 + number}
    return Item(id=str(number), organisation=tenant, user=user, vector=vector, metadata=metadata)


async def ready(vectors: Vectors) -> float:
    """Seconds until what was put is in the index, where there is one."""
    begun = time.perf_counter()
    while True:
        await vectors.search([1.0] * DIMENSION, Filter(organisation="none"), 1)
        following = getattr(vectors, "_following", None)
        if following is None or not following.is_alive():
            index = getattr(vectors, "_index", None)
            assert index is None or index.owned
            return time.perf_counter() - begun
        await asyncio.sleep(0.2)


def exact(
    material: Material, among: NDArray[np.int64], wanted: NDArray[np.float32]
) -> list[set[str]]:
    scores = np.concatenate(
        [
            wanted @ material.vectors[among[first : first + 50_000]].T
            for first in range(0, len(among), 50_000)
        ],
        axis=1,
    )
    best = np.argpartition(-scores, LIMIT, axis=1)[:, :LIMIT]
    return [{str(number) for number in among[row]} for row in best]


async def asked(
    vectors: Vectors, material: Material, where: Filter, queries: int
) -> dict[str, Any]:
    among = material.tenants == int(where.organisation[1:])
    if where.user:
        among &= material.users == int(where.user[1:])
    among = np.flatnonzero(among)
    wanted = near(material, among, queries)
    right = exact(material, among, wanted)
    for vector in wanted[:5]:
        await vectors.search(vector.tolist(), where, LIMIT)
    hits, took, used = 0, [], time.process_time()
    for vector, expected in zip(wanted.tolist(), right, strict=True):
        begun = time.perf_counter()
        found = await vectors.search(vector, where, LIMIT)
        took.append((time.perf_counter() - begun) * 1000)
        hits += len(expected & {match.id for match in found})
    used = (time.process_time() - used) * 1000 / queries
    return {
        "left": len(among),
        "cpu_ms": round(used, 2),
        "p50_ms": round(float(np.percentile(took, 50)), 2),
        "p95_ms": round(float(np.percentile(took, 95)), 2),
        "recall": round(hits / sum(map(len, right)), 4),
    }


async def removed(vectors: Vectors, material: Material) -> dict[str, Any]:
    """Milliseconds for one item by its id, and for all of the smallest tenant; whether both are
    no longer found."""
    took = []
    tenant = np.flatnonzero(material.tenants == 2)[:20]
    for number in tenant.tolist():
        begun = time.perf_counter()
        await vectors.remove("t2", [str(number)])
        took.append((time.perf_counter() - begun) * 1000)
        found = await vectors.search(
            material.vectors[number].tolist(), Filter(organisation="t2"), LIMIT
        )
        assert str(number) not in {match.id for match in found}
    smallest = Filter(organisation=f"t{TENANTS - 1}")
    begun = time.perf_counter()
    count = await vectors.forget(smallest)
    all_of = (time.perf_counter() - begun) * 1000
    assert not await vectors.search([1.0] * DIMENSION, smallest, LIMIT)
    one = round(float(np.median(took)), 2)
    return {"one_ms": one, "tenant": count, "tenant_ms": round(all_of, 1)}


def memory() -> dict[str, int]:
    """MiB of this process: its own, and of files that the system can take back."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if "kB" in line}
    return {"own_mib": found["RssAnon"], "files_mib": found["RssFile"]}


async def measured(store: str, amount: int, folder: Path, queries: int) -> dict[str, Any]:
    material = made(amount, folder / "vectors.npy")
    found: dict[str, Any] = {"amount": amount, "dimension": DIMENSION}
    with opened(store, folder) as vectors:
        took = await put(vectors, material)
        found["put_per_s"] = round(amount / took)
        found["ready_s"] = round(await ready(vectors), 1)
        found["searches"] = {
            name: await asked(vectors, material, where, queries)
            for name, where in {
                "the largest tenant": Filter(organisation="t0"),
                "one of its users": Filter(organisation="t0", user="u3"),
                "the tenth tenant": Filter(organisation="t9"),
                "the smallest tenant": Filter(organisation=f"t{TENANTS - 1}"),
            }.items()
        }
        found["memory"] = memory()
        found["removed"] = await removed(vectors, material)
        await vectors.close()
    found["load"] = round(os.getloadavg()[0], 1)
    return found


def main() -> None:
    asking = argparse.ArgumentParser(description=__doc__)
    asking.add_argument("store", choices=["exact", "qdrant", "pgvector"])
    asking.add_argument("--amount", type=int, default=1_000_000)
    asking.add_argument("--queries", type=int, default=200)
    asking.add_argument("--folder", type=Path)
    asking.add_argument("--write", action="store_true")
    given = asking.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        found = asyncio.run(measured(given.store, given.amount, Path(folder), given.queries))
        kept = (path for path in Path(folder).rglob("*") if path.is_file())
        mine = sum(path.stat().st_blocks for path in kept if path.suffix != ".npy")
        found["disk_mib"] = mine // 2048
    print(json.dumps(found, indent=1))
    if given.write:
        kept = json.loads(RESULT.read_text()) if RESULT.exists() else {}
        kept[given.store] = found
        RESULT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
