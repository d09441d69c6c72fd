"""What a unit is worth for a task, from where ranking put its file and its definition.

The worth is the odds that a fix touches the unit: a logistic regression on `Signal`, fitted by
benchmarks/packing/fit.py to commits of repositories that are not used to score.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from operator import mul

from aicontext.domain.repository.results import Place, RankedDefinition, RankedFile, Ranking
from aicontext.engine.condense.code.shapes import CALLABLE, VALUE
from aicontext.engine.condense.repository.choice import CHARACTERS_A_TOKEN, COST_POWER, Wish
from aicontext.engine.condense.repository.sections import SHORT, language_by_sections
from aicontext.engine.condense.repository.units import Outlined, Unit
from aicontext.engine.prioritize.bm25 import weighted_scores
from aicontext.engine.prioritize.repository.task import read_task

LONGEST_COMMENT = 60
"""Lines above a definition that may be counted as its own."""

FEW_FILES = 8
A_FILE = 1_000
"""Of a ranking so many files are looked into, or one for each so many tokens of a larger budget;
those behind them hardly ever give a unit. Of one that the task cites nothing but the cited lines
matters."""
ALWAYS = 3
"""Files of a ranking that are looked into in any case."""
ROOM = 1.5
"""Times the budget that guessed definitions may take; some will not fit."""
LINE = 36
"""Characters of a line, about."""
LEAST_LIKELY = -6.0
FOCUS = 2.0
"""What a focus adds to the logarithm."""
WEIGHTS = {
    "file place": -1.043,
    "file likelihood": 0.408,
    "place": -0.381,
    "place in file": -0.693,
    "score": 0.149,
    "unseen": 1.57,
    "size": 0.404,
    "type": 0.1,
    "value": 0.093,
}
_LIKELY = "file likelihood"
_LONGEST_GUESS = 60
"""Lines; what is longer often holds other definitions, which count by themselves."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """A unit's best definition: its score, its place among all and among its file's."""

    score: float
    place: int
    place_in_file: int
    why: tuple[str, ...] = ()


def files_to_read(ranking: Ranking, budget: int) -> tuple[str, ...]:
    """The paths whose units may be wished for, best first: a guess from where definitions stand.

    Outlines cost most of a pack's time; those of files that would get no place are spared.
    """
    most = _most_files(budget)
    places = {file.path: i for i, file in enumerate(ranking.files[:most])}
    found = dict.fromkeys(file.path for file in ranking.files[:ALWAYS])
    room = int(ROOM * CHARACTERS_A_TOKEN * budget)
    guessed = (*_guessed(ranking, places, most), *_guessed_sections(ranking, places))
    for _, size, path in sorted(guessed, key=lambda one: -one[0]):
        if room > 0:
            found.setdefault(path)
        room -= size
    return tuple(sorted(found, key=lambda path: places.get(path, len(places))))


def _most_files(budget: int) -> int:
    return max(FEW_FILES, budget // A_FILE)


def _guessed(
    ranking: Ranking, places: Mapping[str, int], most: int
) -> Iterator[tuple[float, int, str]]:
    """(what it is worth for its size, characters, path) of definitions, by their places alone."""
    likely, best = _likelihoods(ranking.files), _best(ranking)
    unknown = _weighed(_of_file(len(ranking.files), likely))
    base = {path: _weighed(_of_file(place, likely)) for path, place in places.items()}
    seen: dict[str, int] = {}
    for place, d in enumerate(ranking.definitions):
        path = d.place.path
        if path in places or place < most:
            in_file = seen[path] = seen.get(path, -1) + 1
            size = LINE * min(d.place.last - d.place.first + 1, _LONGEST_GUESS)
            own = _weighed(_of_unit(_Scored(d.score, place, in_file), best, size))
            yield base.get(path, unknown) + own - COST_POWER * log(size), size, path


def _guessed_sections(
    ranking: Ranking, places: Mapping[str, int]
) -> Iterator[tuple[float, int, str]]:
    """The same of a section of each file that has no definitions."""
    likely, best, size = _likelihoods(ranking.files), _best(ranking), LINE * SHORT
    for path, place in places.items():
        if language_by_sections(path) is not None:
            scored = _Scored(best * exp(likely[place]), place, 0)
            signals = {**_of_file(place, likely), **_of_unit(scored, best, size)}
            yield _weighed(signals) - COST_POWER * log(size), size, path


def wishes(
    task: str,
    ranking: Ranking,
    files: Mapping[str, Outlined],
    budget: int,
    focus: Collection[str] = (),
) -> list[Wish]:
    """Every unit of the files at hand with its worth; the order says nothing.

    budget: tokens of the pack. focus: paths that count as the best of all files and more.
    """
    found = []
    for path, of_file, units in signalled(task, ranking, files, budget, focus):
        base = _weighed(of_file) + FOCUS * (path in focus)
        found += [
            Wish(path, unit, exp(base + _weighed(own)), "; ".join(why[:2]))
            for unit, own, why in units
        ]
    return found


_Signals = Mapping[str, float]


def signalled(
    task: str,
    ranking: Ranking,
    files: Mapping[str, Outlined],
    budget: int,
    focus: Collection[str] = (),
) -> Iterator[tuple[str, _Signals, Sequence[tuple[Unit, _Signals, tuple[str, ...]]]]]:
    """(path, its signals by name, (unit, its own signals, why) of each) for the files at hand."""
    places = {file.path: i for i, file in enumerate(ranking.files)}
    likely, best = _likelihoods(ranking.files), _best(ranking)
    scored = _scored(ranking, files)
    terms = read_task(task).terms
    for path, file in files.items():
        place = 0 if path in focus else places.get(path, len(places))
        of_file = _of_file(place, likely)
        known = scored.get(path, {})
        if not known and place < _most_files(budget):
            known = _by_words(file, terms, place, best * exp(of_file[_LIKELY]))
        unseen = _Scored(0.0, len(ranking.definitions), len(known))
        of_its_file = _of_its_file(ranking.files[places[path]].why if path in places else ())
        scores = (known.get(i, unseen) for i in range(len(file.units)))
        units = [
            (unit, _of_unit(own, best, file.size(unit.span), unit.kind), own.why or of_its_file)
            for unit, own in zip(file.units, scores, strict=True)
        ]
        yield path, of_file, units


def _by_words(
    file: Outlined, terms: Mapping[str, float], place: int, score: float
) -> dict[int, _Scored]:
    """{unit: how it would stand} for those of a file in which ranking knows no definition.

    place, score: of the file, which its best unit has too; others by their words beside that one.
    """
    found = weighted_scores(terms, [file.text(unit.span) for unit in file.units])
    best = max(found, default=0.0)
    order = sorted((i for i, own in enumerate(found) if own > 0), key=lambda i: (-found[i], i))
    return {
        i: _Scored(score * found[i] / best, place + at, at, ("its words match the task",))
        for at, i in enumerate(order)
    }


def _of_its_file(why: tuple[str, ...]) -> tuple[str, ...]:
    """Why a unit is shown of which nothing is known but its file's reasons."""
    return (f"its file matches: {why[0]}" if why else "its file matches",)


def _of_file(place: int, likely: Sequence[float]) -> dict[str, float]:
    return {
        "file place": log(1 + place),
        _LIKELY: likely[place] if place < len(likely) else LEAST_LIKELY,
    }


def _of_unit(own: _Scored, best: float, size: int, kind: str = "function") -> dict[str, float]:
    return {
        "place": log(1 + own.place),
        "place in file": log(1 + own.place_in_file),
        "score": _log_share(own.score, best),
        "unseen": float(own.score == 0.0),
        "size": log(1 + size),
        "type": float(kind not in CALLABLE and kind not in VALUE),
        "value": float(kind in VALUE),
    }


def _weighed(signals: Mapping[str, float]) -> float:
    total: float = sum(map(mul, map(WEIGHTS.__getitem__, signals), signals.values()))
    return total


def _best(ranking: Ranking) -> float:
    """The score of the best definition; of those that there are not, 1."""
    return max((d.score for d in ranking.definitions), default=0.0) or 1.0


def _likelihoods(files: Sequence[RankedFile]) -> list[float]:
    """The logarithm of each file's score as a share of the best one's."""
    best = files[0].score if files else 0.0
    return [_log_share(file.score, best) for file in files]


def _log_share(score: float, best: float) -> float:
    share = score / best if best > 0 else 0.0
    return max(log(share), LEAST_LIKELY) if share > 0 else LEAST_LIKELY


def _scored(ranking: Ranking, files: Mapping[str, Outlined]) -> dict[str, dict[int, _Scored]]:
    """{path: {unit: what ranking says of it}}; a function in a function speaks for the outer."""
    found: dict[str, dict[int, _Scored]] = {}
    for place, unit, d in _placed(ranking, files):
        of_file = found.setdefault(d.place.path, {})
        of_file.setdefault(unit, _Scored(d.score, place, len(of_file), d.why))
    return found


def _placed(
    ranking: Ranking, files: Mapping[str, Outlined]
) -> Iterator[tuple[int, int, RankedDefinition]]:
    for place, d in enumerate(ranking.definitions):
        file = files.get(d.place.path)
        if file is not None and (unit := _at(file, d.place)) is not None:
            yield place, unit, d


def _at(file: Outlined, place: Place) -> int | None:
    """The unit that a definition is: its place may begin with a comment above it."""
    rows = range(place.first, min(place.last, place.first + LONGEST_COMMENT) + 1)
    return next((unit for row in rows if (unit := file.at(row)) is not None), None)
