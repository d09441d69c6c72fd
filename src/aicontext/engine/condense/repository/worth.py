"""What a unit is worth for a task, from where ranking put its file and its definition.

The logarithm is linear in these signals; the weights are log odds that a fix touches a unit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import exp, log

from aicontext.domain.repository import RankedDefinition, RankedFile, Ranking
from aicontext.engine.condense.code.shapes import CALLABLE, VALUE
from aicontext.engine.condense.repository.choice import Wish
from aicontext.engine.condense.repository.units import Outlined, Unit

MOST_FILES = 12
"""Files of a ranking that are looked into; those behind them hardly ever give a unit."""
_FILE_PLACE, _FILE_SCORE, _FOCUS = -0.6, 1.7, 1.0
_PLACE, _PLACE_IN_FILE, _SCORE = -0.13, -0.4, 1.5
_TYPE, _VALUE = -1.5, -3.5


@dataclass(frozen=True, slots=True)
class _Scored:
    """A unit's best definition: its score, its place among all and among its file's."""

    score: float
    place: int
    place_in_file: int
    why: tuple[str, ...] = ()


def files_to_read(ranking: Ranking) -> tuple[str, ...]:
    """The paths whose units may be wished for, best first."""
    best = dict.fromkeys(file.path for file in ranking.files[:MOST_FILES])
    best |= dict.fromkeys(d.place.path for d in ranking.definitions[:MOST_FILES])
    return tuple(best)


def wishes(
    ranking: Ranking, files: Mapping[str, Outlined], focus: Collection[str] = ()
) -> list[Wish]:
    """Every unit of the files at hand with its worth; the order says nothing.

    focus: paths that count as the best of all files and more.
    """
    places = {file.path: i for i, file in enumerate(ranking.files)}
    scored = _scored(ranking, files)
    highest = max((d.score for d in ranking.definitions), default=0.0)
    found = []
    for path, file in files.items():
        place = 0 if path in focus else places.get(path, len(places))
        of_file = _of_file(ranking, place) + _FOCUS * (path in focus)
        known = scored.get(path, {})
        unseen = _Scored(0.0, len(ranking.definitions), len(known))
        why = ranking.files[places[path]].why if path in places else ()
        for i, unit in enumerate(file.units):
            own = known.get(i, unseen)
            worth = exp(of_file + _of_unit(unit, own, highest))
            found.append(Wish(path, unit, worth, _why(own.why or why)))
    return found


def _why(said: tuple[str, ...]) -> str:
    return "; ".join(said[:2]) or "its file matches"


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
        if file is not None and (unit := file.at(d.place.first)) is not None:
            yield place, unit, d


def _of_file(ranking: Ranking, place: int) -> float:
    best = ranking.files[0] if ranking.files else RankedFile("", 0.0)
    score = ranking.files[place].score if place < len(ranking.files) else 0.0
    return _FILE_PLACE * log(1 + place) + _FILE_SCORE * _share(score, best.score)


def _of_unit(unit: Unit, known: _Scored, highest: float) -> float:
    kind = 0.0 if unit.kind in CALLABLE else _VALUE if unit.kind in VALUE else _TYPE
    placed = _PLACE * log(1 + known.place) + _PLACE_IN_FILE * log(1 + known.place_in_file)
    return kind + placed + _SCORE * _share(known.score, highest)


def _share(score: float, best: float) -> float:
    return max(0.0, score / best) if best > 0 else 0.0
