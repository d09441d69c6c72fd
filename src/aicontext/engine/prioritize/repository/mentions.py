"""Which files and definitions a task names: paths, modules, frames of stack traces, identifiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt

from aicontext.domain.repository.corpus import Corpus, Field
from aicontext.engine.prioritize.repository.task import UNTYPED, Frame, Task
from aicontext.engine.prioritize.terms import word_terms

PACKAGES = frozenset(("__init__", "mod", "lib", "index", "main"))
"""Names of files that stand for their folder."""
MOST_ALIKE = 24
"""Definitions of one name; of a name that more have nothing is told."""

MOST_FILES = 300
"""Files of one name; of a name that more have nothing is told."""

Named = tuple[int, int]
"""A file, and the index of one of its definitions."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a task names, each with a strength above 0.

    paths: files by a path. modules: files by a dotted name or an import. frames: files of stack
    traces, 1 for the innermost. names: definitions by their names. said: {definition: the name}.
    """

    paths: dict[int, float] = field(default_factory=dict)
    modules: dict[int, float] = field(default_factory=dict)
    frames: dict[int, float] = field(default_factory=dict)
    names: dict[Named, float] = field(default_factory=dict)
    said: dict[Named, str] = field(default_factory=dict)


def find_mentions(task: Task, corpus: Corpus) -> Mentions:
    """The files and definitions of the corpus that the task names."""
    found = Mentions()
    for path in task.paths:
        _raise(found.paths, _at_path(corpus, path))
    for name in task.dotted:
        _raise(found.modules, _at_module(corpus, tuple(name.replace("::", ".").split("."))))
    _find_frames(task.frames, corpus, found)
    _find_names(task, corpus, found)
    return found


def _raise(into: dict[int, float], files: Sequence[int]) -> None:
    for file in files:
        into[file] = max(into.get(file, 0.0), 1 / len(files))


def _candidates(corpus: Corpus, stem: str) -> Iterable[int]:
    """Files whose path holds the rarest term of a name; of their order nothing is said."""
    held = {term: corpus.holding(Field.PATH, term) for term in word_terms(stem)}
    rarest = min(held, key=held.__getitem__, default="")
    return corpus.postings(Field.PATH, rarest) if held.get(rarest, 0) <= MOST_FILES else ()


def _at_path(corpus: Corpus, said: str, *, printed: bool = False) -> list[int]:
    """The files whose paths agree longest with a path, from its end; none with another name.

    A path without a file type may lack it, but for names such as Dockerfile. One that a program
    printed is whole: of a file in a folder that folder must agree too, so that those of installed
    packages are no file's here.
    """
    parts = [part for part in said.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if not parts:
        return []
    stem = parts[-1].partition(".")[0]
    best: list[int] = []
    whole = "." in parts[-1] or parts[-1] in UNTYPED
    longest = 1 if whole and not (printed and len(parts) > 1) else 2
    for file in _candidates(corpus, stem):
        folder, _, name = corpus.paths[file].rpartition("/")
        if parts[-1] != (name if whole else name.rpartition(".")[0]):
            continue
        agreed = 1 + agreement(folder.split("/"), parts[:-1])
        if agreed >= longest:
            best = [file] if agreed > longest else [*best, file]
            longest = agreed
    return sorted(best)


def agreement(path: Sequence[str], parts: Sequence[str]) -> int:
    """How many of their last parts two paths have in common."""
    agreed = 0
    for one, other in zip(reversed(path), reversed(parts), strict=False):
        if one != other:
            break
        agreed += 1
    return agreed


def _at_module(corpus: Corpus, parts: Sequence[str]) -> list[int]:
    """The files that a dotted name's longest known beginning stands for."""
    for end in range(len(parts), 0, -1):
        found = []
        tail = "/" + "/".join(parts[max(0, end - 2) : end])
        for file in _candidates(corpus, parts[end - 1]):
            if parts[end - 1] not in corpus.paths[file]:
                continue
            path = corpus.paths[file].rpartition(".")[0]
            folder, _, name = path.rpartition("/")
            if name in PACKAGES:
                path = folder
            if f"/{path}".endswith(tail) and (end > 1 or path.count("/") < 2):
                found.append(file)
        if found:
            return sorted(found)
    return []


def _find_frames(frames: Sequence[Frame], corpus: Corpus, into: Mentions) -> None:
    depth = 0
    for frame in frames:
        files = _at_path(corpus, frame.path, printed=True)
        if not files or len(files) > 3:
            continue
        for file in files:
            strength = 1 / (1 + depth) / len(files)
            into.frames[file] = max(into.frames.get(file, 0.0), strength)
            name = frame.name.rpartition(".")[2]
            for i, defined in enumerate(corpus.definitions(file)):
                if name and defined.name.rpartition(".")[2] == name:
                    into.names[file, i] = max(into.names.get((file, i), 0.0), 2 * strength)
                    into.said[file, i] = name
        depth += 1


def _find_names(task: Task, corpus: Corpus, into: Mentions) -> None:
    owned = {name.replace("::", ".") for name in task.dotted}
    for name, weight in task.names.items():
        places = corpus.named(name)
        if not 0 < len(places) <= MOST_ALIKE:
            continue
        for file, i in places:
            strength = weight / sqrt(len(places))
            full = corpus.definitions(file)[i].name
            if "." in full and any(said.endswith(".".join(full.split(".")[-2:])) for said in owned):
                strength = 2 * weight
            if strength > into.names.get((file, i), 0.0):
                into.names[file, i] = strength
                into.said[file, i] = name
