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
from aicontext.engine.prioritize.repository.mentions import Mentions, find_mentions
from aicontext.engine.prioritize.repository.neighbours import near, using
from aicontext.engine.prioritize.repository.task import Task
from aicontext.engine.prioritize.terms import word_terms

CANDIDATES = 80
"""Files that are looked at closely."""
READ = 40
"""Files whose definitions are looked at."""
FIRST = {Field.BODY: 1.0, Field.SYMBOL: 0.6, Field.PATH: 1.8, Field.HISTORY: 0.3}
"""What the fields count when candidates are chosen."""
BEST = 0.4
"""What the best definition counts beside the fields."""

_ASIDE = re.compile(
    r"(?i)(?:^|/)(?:vendor|vendored|_vendor|third_party|node_modules|migrations?|locales?|generated"
    r"|__tests__|tests?|testing|testdata|spec|fixtures?|mocks?|bench\w*|e2e|docs?|examples?|samples?"
    r"|demos?)(?:/|$)|(?:^|/)(?:test_[^/]*|[^/]*_test|[^/]*[._-](?:test|spec)s?|conftest)\.\w+$"
    r"|\.min\.js$|_pb2?\.py$|\.pb\.go$|\.d\.ts$|\.(?:md|rst|txt|lock|json|ya?ml|toml|svg|po)$"
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
    rarity = fields[Field.BODY].rarity
    read = (*best[:READ], *extra[: READ // 2])
    matches = definition_matches(task, corpus, read, rarity)
    return Evidence(task, corpus, fields, mentions, first, (*best, *extra), matches)


def _leading(scores: Scores, most: int) -> list[int]:
    return nlargest(most, scores, key=lambda file: (scores[file], -file))


def signals(evidence: Evidence) -> dict[str, Scores]:
    """{name of a signal: {file: value}}, for the likely files; 0 where absent.

    Scores by words are shares of the best candidate's.
    """
    files, corpus, fields = evidence.files, evidence.corpus, evidence.fields
    one, three = _best_definitions(evidence.matches)
    blend = {file: evidence.first.get(file, 0.0) + BEST * one.get(file, 0.0) for file in files}
    likely = _relative(blend, files)
    lengths, churn = corpus.lengths(Field.BODY), corpus.churn()
    return {
        "blend": likely,
        "body": _relative(fields[Field.BODY].whole, files),
        "body_title": _relative(fields[Field.BODY].title, files),
        "path": _relative(fields[Field.PATH].whole, files),
        "path_title": _relative(fields[Field.PATH].title, files),
        "history": _relative(fields[Field.HISTORY].whole, files),
        "history_title": _relative(fields[Field.HISTORY].title, files),
        "best_three": _relative(three, files),
        "said_path": evidence.mentions.paths,
        "said_module": evidence.mentions.modules,
        "said_name": _best_names(evidence.mentions),
        "frame": evidence.mentions.frames,
        "near": near(corpus.paths, files, likely),
        "folder": _folders(evidence),
        "using": _relative(using(corpus, files, likely, evidence.matches), files),
        "churn": {file: churn[file] for file in files},
        "length": {file: log1p(lengths[file]) for file in files},
        "definitions": {file: log1p(len(held)) for file, held in evidence.matches.items()},
        "depth": {file: float(corpus.paths[file].count("/")) for file in files},
        "aside": {file: 1.0 for file in files if _is_aside(corpus.paths[file], evidence.task)},
    }


def _relative(scores: Scores, files: Iterable[int]) -> Scores:
    held = {file: scores[file] for file in files if file in scores}
    most = max(held.values(), default=0.0)
    return {file: score / most for file, score in held.items()} if most > 0 else {}


def _best_definitions(matches: Mapping[int, Sequence[Match]]) -> tuple[Scores, Scores]:
    """The best definition of each file, and its best three together."""
    best = {file: nlargest(3, (match.whole for match in held)) for file, held in matches.items()}
    return {file: wholes[0] for file, wholes in best.items() if wholes}, {
        file: sum(wholes) for file, wholes in best.items()
    }


def _best_names(mentions: Mentions) -> Scores:
    most: Scores = {}
    for (file, _), strength in mentions.names.items():
        most[file] = max(most.get(file, 0.0), strength)
    return most


def _folders(evidence: Evidence) -> Scores:
    """The share of the best candidates' scores in each file's folder, its own left out."""
    folder = {file: evidence.corpus.paths[file].rpartition("/")[0] for file in evidence.files}
    leading = {file: evidence.first.get(file, 0.0) for file in evidence.files[:READ]}
    shares: dict[str, float] = {}
    for file, score in leading.items():
        shares[folder[file]] = shares.get(folder[file], 0.0) + score
    total = sum(shares.values()) or 1.0
    return {
        file: (shares.get(where, 0.0) - leading.get(file, 0.0)) / total
        for file, where in folder.items()
    }


def _is_aside(path: str, task: Task) -> bool:
    """Whether a file is a test, a document, an example, generated or not the project's own.

    Not where the task's title says what sets it aside: then it is what is asked for.
    """
    found = _ASIDE.search(path)
    return found is not None and not any(term in task.title for term in word_terms(found[0][:64]))
