"""Print as JSON how fast texts are counted, and how that compares with tiktoken in the same run.

    python benchmarks/estimate/speed.py [FOLDER] [--kilobytes 200]

FOLDER holds source to count, by default the standard library. Times are CPU milliseconds: `cold`
is the median over texts seen for the first time, `warm` over equal copies of texts seen before,
`cached` over the very texts. tiktoken runs with the ranks of the vocabulary under test.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import tiktoken
import toktok

from aicontext.engine.estimate.counter import counter

PATTERN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEXTS = 16


def texts(folder: Path, size: int) -> list[str]:
    """TEXTS texts of `size` characters each, cut from the folder's sources in order."""
    held = ""
    for path in sorted(folder.rglob("*.py")):
        held += path.read_text(encoding="utf-8", errors="replace")
        if len(held) >= TEXTS * size:
            break
    return [held[start : start + size] for start in range(0, len(held) - size + 1, size)][:TEXTS]


def milliseconds(count: Callable[[str], int], given: Sequence[str]) -> Iterator[float]:
    for text in given:
        began = time.process_time()
        count(text)
        yield 1000 * (time.process_time() - began)


def measured(model: str, given: Sequence[str]) -> dict[str, float]:
    began = time.process_time()
    count = counter(model)
    count("a first text loads the vocabulary")
    load = 1000 * (time.process_time() - began)
    return {
        "load": load,
        "cold": median(milliseconds(count, given)),
        "warm": median(milliseconds(count, [text.encode().decode() for text in given])),
        "cached": median(milliseconds(count, given)),
    }


def reference() -> Callable[[str], int]:
    loaded = toktok._encoding("o200k_base")
    ranks = {value: loaded.encode_single_token(value) for value in loaded.token_byte_values()}
    encoding = tiktoken.Encoding("o200k", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
    return lambda text: len(encoding.encode_ordinary(text))


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("folder", type=Path, nargs="?", default=Path(os.__file__).parent)
    cli.add_argument("--kilobytes", type=int, default=200)
    options = cli.parse_args()
    given = texts(options.folder, 1024 * options.kilobytes)
    table = {model: measured(model, given) for model in ("gpt-4o", "gpt-4", "claude-sonnet-4-5")}
    peer = median(milliseconds(reference(), given))
    ratios = {model: peer / times["cold"] for model, times in table.items()}
    report = {
        "kilobytes": options.kilobytes,
        "texts": len(given),
        "tiktoken_o200k_ms": peer,
        "milliseconds": table,
        "times_faster_than_tiktoken_cold": ratios,
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
