"""The signals by which files are ranked, as numbers, for the likely files of a repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from math import log1p

from aicontext.domain.repository.corpus import Corpus, Field
from aicontext.engine.prioritize.repository.compounds import compounds
from aicontext.engine.prioritize.repository.definitions import Match, definition_matches
from aicontext.engine.prioritize.repository.fields import FieldScores, Scores, field_scores
from aicontext.engine.prioritize.repository.mentions import Mentions, find_mentions
from aicontext.engine.prioritize.repository.neighbours import near, using
from aicontext.engine.prioritize.repository.task import Task
from aicontext.engine.prioritize.terms import terms, word_terms

CANDIDATES = 80
"""Files that are looked at closely."""
WIDER = 240
"""Files among which those are chosen, once tests and the like count less."""
DEMOTED = 0.5
"""What they count."""
READ = 30
"""Files whose definitions are looked at."""
FIRST = {Field.BODY: 1.0, Field.SYMBOL: 0.6, Field.PATH: 1.8, Field.HISTORY: 0.3}
"""What the fields count when candidates are chosen."""
DEEPEST = 24
"""Folders above a file beyond which no more is told."""
BEST = 0.4
"""What the best definition counts beside the fields."""

_ASIDE = re.compile(
    r"(?i)(?:^|/)(?:vendor|vendored|_vendor|third_party|node_modules|generated|__tests__|tests?"
    r"|testing|testdata|spec|fixtures?|__mocks__|bench(?:es|marks?)|e2e|docs?|examples?|samples?)/"
    r"|(?:^|/)migrations/\d{3,}_|(?:^|/)locales?/.*\.\w+$"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|[^/]*[._-](?:test|spec)s?|conftest|(?-i:[A-Z]\w*Tests?))\.\w+$"
    r"|\.min\.js$|_pb2?\.py$|\.pb\.go$|\.(?:md|rst|txt|lock|json|ya?ml|toml|svg|po)$"
)
_SETTING_ASIDE = frozenset(
    terms(
        "vendor vendored third_party third party node modules generated test tests testing testdata"
        " spec fixture mock bench benchmark e2e doc example sample migration locale min pb"
        " rst txt lock svg po"
    )
)
"""Words by which files are set aside, rather than those of what they are about."""
_SETTINGS = frozenset(("json", "yaml", "yml", "toml"))
_CALLED = {
    **dict.fromkeys(
        ("md", "rst", "txt"),
        frozenset(terms("md markdown readme documentation document doc docs changelog guide")),
    ),
    **dict.fromkeys(
        _SETTINGS,
        frozenset(terms("json yaml yml toml workflow pipeline ci manifest compose chart linter")),
    ),
}
"""What files of a type are called in words."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a task and a repository's files.

    fields: how well each matches. first: the score by words of each file. matching: the files that
    have one, best first. files: the likely ones, best first by words. matches: {file: of its
    definitions}, of the best of them. aside: the files that are tests, documents, examples,
    generated or not the project's own, and not named by a path.
    """

    task: Task
    corpus: Corpus
    fields: Mapping[Field, FieldScores]
    mentions: Mentions
    first: Sequence[float]
    matching: Sequence[int]
    files: Sequence[int]
    matches: Mapping[int, Sequence[Match]]
    aside: frozenset[int]


def gather(task: Task, corpus: Corpus, below: str = "") -> Evidence:
    """Looks the task up in the corpus. below: the folder that is asked about."""

    def set_aside(file: int) -> bool:
        return is_aside(corpus.paths[file].removeprefix(below), task)

    fields = {one: field_scores(task, corpus, one) for one in Field}
    mentions = find_mentions(task, corpus)
    first = _blended(fields)
    matching = _leading((file for file, score in enumerate(first) if score), first)
    wider = matching[:WIDER]
    demoted = {file: first[file] * (DEMOTED if set_aside(file) else 1) for file in wider}
    best = _leading(wider, demoted)[:CANDIDATES]
    named = {*mentions.paths, *mentions.modules, *mentions.frames}
    named.update(file for file, _ in mentions.names)
    extra = _leading(sorted(named.difference(best)), first)[:CANDIDATES]
    rarity = fields[Field.BODY].rarity
    read = (*best[:READ], *extra[: READ // 3])
    matches = definition_matches(task, corpus, read, rarity)
    files = (*best, *extra)
    unnamed = (file for file in files if file not in mentions.paths)
    aside = frozenset(file for file in unnamed if set_aside(file))
    return Evidence(task, corpus, fields, mentions, first, matching, files, matches, aside)


def _blended(fields: Mapping[Field, FieldScores]) -> list[float]:
    total = [0.0] * len(fields[Field.BODY].whole)
    for one, weight in FIRST.items():
        pairs = zip(total, fields[one].whole, strict=True)
        total = [before + weight * score for before, score in pairs]
    return total


def _leading(files: Iterable[int], scores: Sequence[float] | Scores) -> list[int]:
    """The best first; ties in the order of the files."""
    return sorted(files, key=scores.__getitem__, reverse=True)


def signals(evidence: Evidence) -> dict[str, Scores]:
    """{name of a signal: {file: value}}, for the likely files; 0 where absent.

    Scores by words are shares, 1 at most, of the best candidate's that is not set aside.
    """
    files, corpus, fields = evidence.files, evidence.corpus, evidence.fields
    proper = [file for file in files if file not in evidence.aside] or files

    def relative(scores: Scores) -> Scores:
        most = max((scores.get(file, 0.0) for file in proper), default=0.0)
        held = (file for file in files if file in scores and most > 0)
        return {file: min(1.0, scores[file] / most) for file in held}

    def by_words(field: Field) -> Scores:
        return relative({file: fields[field].whole[file] for file in files})

    one, three = _best_definitions(evidence.matches)
    blend = {file: evidence.first[file] + BEST * one.get(file, 0.0) for file in files}
    likely = relative(blend)
    lengths, churn = corpus.lengths(Field.BODY), corpus.churn()
    return {
        "blend": likely,
        "body": by_words(Field.BODY),
        "body_title": relative(fields[Field.BODY].title(files)),
        "path": by_words(Field.PATH),
        "path_title": relative(fields[Field.PATH].title(files)),
        "history": by_words(Field.HISTORY),
        "history_title": relative(fields[Field.HISTORY].title(files)),
        "best_three": relative(three),
        "compound": relative(compounds(evidence.task.pairs, corpus)),
        "said_path": evidence.mentions.paths,
        "said_module": evidence.mentions.modules,
        "said_name": _best_names(evidence.mentions),
        "frame": evidence.mentions.frames,
        "near": near(corpus.paths, files, likely),
        "folder": _folders(evidence),
        "using": relative(using(corpus, files, likely, evidence.matches)),
        "churn": {file: churn[file] for file in files},
        "length": {file: log1p(lengths[file]) for file in files},
        "definitions": {file: log1p(len(held)) for file, held in evidence.matches.items()},
        "depth": {file: float(min(corpus.paths[file].count("/"), DEEPEST)) for file in files},
        "aside": dict.fromkeys(evidence.aside, 1.0),
    }


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
    leading = {file: evidence.first[file] for file in evidence.files[:READ]}
    shares: dict[str, float] = {}
    for file, score in leading.items():
        shares[folder[file]] = shares.get(folder[file], 0.0) + score
    total = sum(shares.values()) or 1.0
    return {
        file: (shares.get(where, 0.0) - leading.get(file, 0.0)) / total
        for file, where in folder.items()
    }


def is_aside(path: str, task: Task) -> bool:
    """Whether a file is a test, a document, an example, generated or not the project's own.

    Not where the task's title says what sets it aside, or names a file of settings: then it is
    what is asked for.
    """
    found = _ASIDE.search(path)
    if found is None:
        return False
    kind = path.rpartition(".")[2].lower()
    said = _SETTING_ASIDE.intersection(word_terms(found[0][:64])) | _CALLED.get(kind, frozenset())
    return task.title.isdisjoint(said) and not (kind in _SETTINGS and _names(task.title, path))


def _names(title: frozenset[str], path: str) -> bool:
    """Whether a title says all words of a file's name, its type aside."""
    found = word_terms(path.rpartition("/")[2].rpartition(".")[0])
    return bool(found) and title.issuperset(found[1:] or found)
