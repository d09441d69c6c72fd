"""Corpora of many commits: each version of a file is scanned once and kept as arrays."""

from __future__ import annotations

import subprocess
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cache, cached_property
from itertools import takewhile
from pathlib import Path

import numpy as np
from cases import is_source

from aicontext.domain.repository.corpus import Defined, Field, FileHistory
from aicontext.engine.prioritize.index.scan import own_names, scan, symbol_terms
from aicontext.engine.prioritize.terms import terms

Ints = np.ndarray


def tree(git: Path, commit: str) -> dict[str, str]:
    """{path: blob} of the source files of a commit, in the order of paths."""
    command = ["git", "--git-dir", str(git), "ls-tree", "-r", "-z", commit]
    listing = subprocess.run(command, capture_output=True).stdout.decode("utf-8", "replace")
    rows = (entry.partition("\t") for entry in listing.split("\0") if entry.startswith("100"))
    return dict(sorted((path, meta.split()[2]) for meta, _, path in rows if is_source(path)))


class Scans:
    """What was scanned, by blob."""

    def __init__(self) -> None:
        self.terms: dict[str, int] = {}
        self._kept: dict[str, tuple[tuple[Defined, ...], Ints, Ints]] = {}

    def read(self, git: Path, files: Mapping[str, str]) -> None:
        """Scan those of {path: blob} that are new."""
        wanted = {blob: path for path, blob in files.items() if blob not in self._kept}
        done = subprocess.run(
            ["git", "--git-dir", str(git), "cat-file", "--batch"],
            input="".join(f"{blob}\n" for blob in wanted).encode(),
            capture_output=True,
        ).stdout
        at = 0
        for blob, path in wanted.items():
            end = done.index(b"\n", at)
            header = done[at:end].split()
            size = int(header[2]) if len(header) == 3 else -1
            text = done[end + 1 : end + 1 + max(0, size)].decode("utf-8", "replace")
            self._kept[blob] = self._scanned(path, text)
            at = end + 2 + size

    def _scanned(self, path: str, text: str) -> tuple[tuple[Defined, ...], Ints, Ints]:
        """Definitions; rows (definition or -1, term, times) of the text; rows of the names."""
        found = scan(path, text)
        known = self.terms
        body, names = array("i"), array("i")
        for i, counts in enumerate(found.counts):
            owner = i if i < len(found.definitions) else -1
            for term, times in counts.items():
                body.extend((owner, known.setdefault(term, len(known)), times))
        for term, times in symbol_terms(own_names(found.definitions)).items():
            names.extend((0, known.setdefault(term, len(known)), times))
        return found.definitions, *(np.array(rows).reshape(-1, 3) for rows in (body, names))

    def corpus(self, files: Mapping[str, str], history: FileHistory | None = None) -> ArrayCorpus:
        """The corpus of {path: blob}, all of which were read."""
        held = [self._kept[blob] for blob in files.values()]
        return ArrayCorpus(list(files), held, self.terms, history or FileHistory())


class _Postings:
    def __init__(self, places: Ints, terms: Ints, times: Ints) -> None:
        order = np.argsort(terms, kind="stable")
        self._places, self._times = places[order], times[order]
        self.terms, self._starts = np.unique(terms[order], return_index=True)
        self._ends = np.append(self._starts[1:], len(order))

    def of(self, term: int) -> tuple[Ints, Ints]:
        at = int(np.searchsorted(self.terms, term))
        if at == len(self.terms) or self.terms[at] != term:
            return self._places[:0], self._times[:0]
        return (
            self._places[self._starts[at] : self._ends[at]],
            self._times[self._starts[at] : self._ends[at]],
        )


class ArrayCorpus:
    """`Corpus` over scans as arrays; PATH and HISTORY are small enough to be counted in Python."""

    def __init__(
        self,
        paths: Sequence[str],
        held: Sequence[tuple[tuple[Defined, ...], Ints, Ints]],
        terms_: Mapping[str, int],
        history: FileHistory,
    ) -> None:
        self.paths = paths
        self._terms = terms_
        self._churn = [history.churn.get(path, 0.0) for path in paths]
        self._definitions = [definitions for definitions, _, _ in held]
        self._first = np.cumsum([0, *map(len, self._definitions)])
        bodies, names = _stacked([body for _, body, _ in held]), _stacked([n for *_, n in held])
        owner = np.where(bodies[:, 1] < 0, -1, bodies[:, 1] + self._first[bodies[:, 0]])
        inside = owner >= 0
        self._inside = _Postings(owner[inside], bodies[inside, 2], bodies[inside, 3])
        every = self._first[-1]
        self._sizes = np.bincount(owner[inside], weights=bodies[inside, 3], minlength=every)
        self._arrays = {
            Field.BODY: _Postings(bodies[:, 0], bodies[:, 2], bodies[:, 3]),
            Field.SYMBOL: _Postings(names[:, 0], names[:, 2], names[:, 3]),
        }
        said = [Counter(terms(path)) for path in paths]
        messages = [Counter(history.messages.get(path, {})) for path in paths]
        self._counted = {Field.PATH: _inverted(said), Field.HISTORY: _inverted(messages)}
        count = len(paths)
        self._lengths = {
            Field.PATH: [counts.total() for counts in said],
            Field.HISTORY: [counts.total() for counts in messages],
            Field.BODY: _summed(bodies, count),
            Field.SYMBOL: _summed(names, count),
        }
        self._named: dict[str, list[tuple[int, int]]] = {}
        for file, definitions in enumerate(self._definitions):
            for i, name in enumerate(own_names(definitions)):
                self._named.setdefault(name, []).append((file, i))
        self._known = cache(self._found)

    def postings(self, field: Field, term: str) -> Mapping[int, int]:
        if field in self._counted:
            return self._counted[field].get(term, {})
        return self._known(field, term)

    def _found(self, field: Field, term: str) -> Mapping[int, int]:
        files, times = self._arrays[field].of(self._terms.get(term, -1))
        found: dict[int, int] = {}
        for file, n in zip(files.tolist(), times.tolist(), strict=True):
            found[file] = found.get(file, 0) + n
        return found

    def holding(self, field: Field, term: str) -> int:
        return len(self.postings(field, term))

    def beginning(self, start: str) -> Collection[int]:
        first = bisect_left(self._sorted, start)
        later = (self._sorted[i] for i in range(first, len(self._sorted)))
        begun = takewhile(lambda term: term.startswith(start), later)
        return {file for term in begun for file in self.postings(Field.BODY, term)}

    @cached_property
    def _sorted(self) -> list[str]:
        held = set(self._arrays[Field.BODY].terms.tolist())
        return sorted(term for term, number in self._terms.items() if number in held)

    def lengths(self, field: Field) -> Sequence[int]:
        return self._lengths[field]

    def churn(self) -> Sequence[float]:
        return self._churn

    def definitions(self, file: int) -> Sequence[Defined]:
        return self._definitions[file]

    def within(self, file: int, terms: Collection[str]) -> Sequence[Mapping[str, int]]:
        first, after = self._first[file], self._first[file + 1]
        found: list[dict[str, int]] = [{} for _ in range(after - first)]
        for term in terms:
            owners, times = self._inside.of(self._terms.get(term, -1))
            a, b = np.searchsorted(owners, (first, after))
            for owner, n in zip(owners[a:b].tolist(), times[a:b].tolist(), strict=True):
                found[owner - first][term] = n
        return found

    def sizes(self, file: int) -> Sequence[int]:
        return [int(size) for size in self._sizes[self._first[file] : self._first[file + 1]]]

    def holders(self, term: str) -> int:
        return len(self._inside.of(self._terms.get(term, -1))[0])

    def named(self, name: str) -> Sequence[tuple[int, int]]:
        return self._named.get(name, ())


def _stacked(rows: Sequence[Ints]) -> Ints:
    """The rows of all files, each with its file's number before it."""
    numbered = [np.column_stack((np.full(len(own), i), own)) for i, own in enumerate(rows)]
    return np.concatenate(numbered) if numbered else np.zeros((0, 4), int)


def _summed(rows: Ints, count: int) -> list[int]:
    return [int(n) for n in np.bincount(rows[:, 0], weights=rows[:, 3], minlength=count)]


def _inverted(counts: Sequence[Mapping[str, int]]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for file, held in enumerate(counts):
        for term, times in held.items():
            found.setdefault(term, {})[file] = times
    return found
