"""The signals by which files are ranked, as numbers, for the likely files of a repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import log1p

from aicontext.domain.corpus import Corpus, Field
from aicontext.engine.prioritize.repository.definitions import Match, definition_matches
from aicontext.engine.prioritize.repository.fields import FieldScores, Scores, field_scores
from aicontext.engine.prioritize.repository.mentions import PACKAGES, Mentions, find_mentions
from aicontext.engine.prioritize.repository.task import Task
from aicontext.engine.prioritize.terms import word_terms

CANDIDATES = 80
"""Files that are looked at closely."""
READ = 40
"""Files whose definitions are looked at."""
FIRST = {Field.BODY: 1.0, Field.SYMBOL: 0.6, Field.PATH: 0.6, Field.HISTORY: 0.3}
"""What the fields count when candidates are chosen."""

_ASIDE = re.compile(
    r"(?i)(^|/)(vendor|vendored|_vendor|third_party|node_modules|migrations?|locales?|generated"
    r"|dist|build|gen|samples?|demos?|scripts?|tools?|ci|bench\w*|tests?|docs?|examples?)(/|$)"
    r"|\.min\.js$|_pb2?\.py$|\.pb\.go$|\.d\.ts$|(^|/)(setup|conftest|fabfile|build)\.\w+$"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a task and a repository's files.

    fields: how well each matches. first: {file: score by words}. files: the likely ones, best
    first by words. matches: {file: of its definitions}, of the best of them.
    """

    task: Task
    corpus: Corpus
    fields: Mapping[Field, FieldScores]
    mentions: Mentions
    first: Scores
    files: Sequence[int]
    matches: Mapping[int, Sequence[Match]]


def gather(task: Task, corpus: Corpus) -> Evidence:
    """Looks the task up in the corpus."""
    fields = {one: field_scores(task, corpus, one) for one in Field}
    mentions = find_mentions(task, corpus)
    first: Scores = {}
    for one, weight in FIRST.items():
        for file, score in fields[one].whole.items():
            first[file] = first.get(file, 0.0) + weight * score
    best = _leading(first, CANDIDATES)
    named = {*mentions.paths, *mentions.modules, *mentions.frames}
    named.update(file for file, _ in mentions.names)
    extra = _leading({file: first.get(file, 0.0) for file in named.difference(best)}, CANDIDATES)
    files = (*best, *extra)
    rarity = fields[Field.BODY].rarity
    read = (*best[:READ], *extra[: READ // 2])
    matches = definition_matches(task, corpus, read, rarity)
    return Evidence(task, corpus, fields, mentions, first, files, matches)


def _leading(scores: Scores, most: int) -> list[int]:
    return nlargest(most, scores, key=lambda file: (scores[file], -file))


def signals(evidence: Evidence) -> dict[str, Scores]:
    """{name of a signal: {file: value}}, for the likely files; 0 where absent.

    Scores by words are shares of the best candidate's.
    """
    found: dict[str, Scores] = {"first": _relative(evidence.first, evidence.files)}
    for one in Field:
        scores = evidence.fields[one]
        name = one.name.lower()
        found[name] = _relative(scores.whole, evidence.files)
        found[f"{name}_title"] = _relative(scores.title, evidence.files)
        found[f"{name}_code"] = _relative(scores.code, evidence.files)
    found |= _of_definitions(evidence)
    found |= _of_mentions(evidence.mentions)
    found |= _of_paths(evidence)
    found["folder"] = _of_folders(evidence)
    lengths = evidence.corpus.lengths(Field.BODY)
    found["length"] = {file: log1p(lengths[file]) for file in evidence.files}
    return found


def _relative(scores: Scores, files: Iterable[int]) -> Scores:
    held = {file: scores[file] for file in files if file in scores}
    most = max(held.values(), default=0.0)
    return {file: score / most for file, score in held.items()} if most > 0 else {}


def _of_definitions(evidence: Evidence) -> dict[str, Scores]:
    """Of the best definition of each file, of its best three together, of the title's best."""
    one: Scores = {}
    three: Scores = {}
    title: Scores = {}
    name: Scores = {}
    for file, matches in evidence.matches.items():
        wholes = nlargest(3, (match.whole for match in matches))
        one[file] = wholes[0] if wholes else 0.0
        three[file] = sum(wholes)
        title[file] = max((match.title for match in matches), default=0.0)
        name[file] = max((match.name for match in matches), default=0.0)
    scores = {"best": one, "best_three": three, "best_title": title, "best_name": name}
    return {key: _relative(value, evidence.files) for key, value in scores.items()}


def _of_mentions(mentions: Mentions) -> dict[str, Scores]:
    most: Scores = {}
    total: Scores = {}
    for (file, _), strength in sorted(mentions.names.items()):
        most[file] = max(most.get(file, 0.0), strength)
        total[file] = total.get(file, 0.0) + strength
    return {
        "said_path": mentions.paths,
        "said_module": mentions.modules,
        "frame": mentions.frames,
        "said_name": most,
        "said_names": {file: log1p(value) for file, value in total.items()},
    }


def _of_paths(evidence: Evidence) -> dict[str, Scores]:
    """How much of a file's own name the task and its title say, and what kind of file it is."""
    rarity = evidence.fields[Field.PATH].rarity
    stem: Scores = {}
    stem_title: Scores = {}
    aside: Scores = {}
    package: Scores = {}
    depth: Scores = {}
    for file in evidence.files:
        path = evidence.corpus.paths[file]
        folder, _, base = path.rpartition("/")
        name = base.partition(".")[0]
        package[file] = float(name in PACKAGES)
        own = word_terms((folder.rpartition("/")[2] if name in PACKAGES else name)[:128])
        whole = sum(rarity.get(term, 1.0) for term in own) or 1.0
        stem[file] = sum(rarity.get(t, 1.0) for t in own if t in evidence.task.terms) / whole
        stem_title[file] = sum(rarity.get(t, 1.0) for t in own if t in evidence.task.title) / whole
        aside[file] = float(_ASIDE.search(path) is not None)
        depth[file] = float(path.count("/"))
    return {
        "stem": stem,
        "stem_title": stem_title,
        "aside": aside,
        "package": package,
        "depth": depth,
    }


def _of_folders(evidence: Evidence) -> Scores:
    """The share of the best candidates' scores that lies in the folder, the file's own left out."""
    folders: dict[str, float] = {}
    leading = list(evidence.files)[:READ]
    for file in leading:
        folder = evidence.corpus.paths[file].rpartition("/")[0]
        folders[folder] = folders.get(folder, 0.0) + evidence.first.get(file, 0.0)
    total = sum(folders.values()) or 1.0
    own = {file: evidence.first.get(file, 0.0) for file in leading}
    return {
        file: (
            folders.get(evidence.corpus.paths[file].rpartition("/")[0], 0.0) - own.get(file, 0.0)
        )
        / total
        for file in evidence.files
    }
