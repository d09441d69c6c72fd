"""Which definitions of a source file answer a query, best first.

BM25 over functions, records and classes with their names, signatures and documentation weighted by
repetition, the simple extension to fields of Robertson, Zaragoza and Taylor (2004). What the query
names as code, alone or as `owner.name`, `name(`, comes before all that it only describes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Count
from aicontext.engine.condense.code.definition import Definition, doc_line
from aicontext.engine.condense.code.shapes import CALLABLE
from aicontext.engine.prioritize.bm25 import scores
from aicontext.engine.prioritize.terms import terms

QUOTES = ('"""', "'''")
NAMED = 1.0
"""Further weight of a definition all of whose name's words the query holds."""
HOLDING = 0.5
"""Weight of what holds values: more questions are about what code does."""
NAME_TIMES = 3
"""How often a name counts besides its place in the signature."""
WHOLE = 400
"""Lines of a function that are weighed; the rest of a longer one is not looked at."""
_MEMBERS = 16
_LEAST_RATIO = 0.5
_MENTION = re.compile(
    r"`([^`\n]{2,120})`|([A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_$][\w$]*)+)|([A-Za-z_$][\w$]*)\("
    r"|\b([A-Za-z_$]\w*(?:_\w+|[a-z][A-Z]\w*))"
)
_identifiers = re.compile(r"[A-Za-z_$][\w$]*").findall


@dataclass(frozen=True, slots=True)
class Answer:
    """A definition that a query asks for.

    rows: of all of it, from 0. around: rows of the headers of what encloses it. worth: 1 at the
    best. mentioned: the query names it as code.
    """

    definition: Definition
    rows: range
    around: tuple[int, ...]
    worth: float
    mentioned: bool


def answers(
    lines: Sequence[str], definitions: Sequence[Definition], query: str
) -> tuple[Answer, ...]:
    """The definitions that match the query, best first; none where nothing matches."""
    wanted, named = frozenset(terms(query)), mentions(query)
    if not wanted and not named:
        return ()
    units = list(_units(definitions))
    texts = [_weighted(lines, d, rows) for d, rows, _ in units]
    worths = []
    for (d, _, _), score in zip(units, scores(query, texts), strict=True):
        name = set(terms(_last(d.name)))
        share = len(name & wanted) / len(name) if name else 0.0
        kind = 1.0 if d.kind in CALLABLE else HOLDING
        worths.append(kind * score * (1 + NAMED * share))
    best = max(worths, default=0.0) or 1.0
    found = [
        Answer(d, rows, around, worth / best, _last(d.name) in named)
        for (d, rows, around), worth in zip(units, worths, strict=True)
    ]
    matching = [a for a in found if a.worth > 0 or a.mentioned]
    return tuple(sorted(matching, key=lambda a: (not a.mentioned, -a.worth, a.rows.start)))


def best_few(found: Sequence[Answer], most: int) -> list[Answer]:
    """The first of `found`, and others that are named or match about as well."""
    return [a for a in found[:most] if a.mentioned or a.worth >= _LEAST_RATIO * found[0].worth]


def mentions(query: str) -> frozenset[str]:
    """Identifiers that the query uses as code: quoted, compound, dotted or called."""
    return frozenset(
        name
        for groups in _MENTION.findall(query)
        for part in groups
        if part
        for name in _identifiers(part)
    )


def matching_rows(
    lines: Sequence[str], rows: range, query: str, budget: int, count: Count
) -> list[int]:
    """Of long code the lines that match the query best, in about `budget` tokens."""
    found = scores(query, lines[rows.start : rows.stop])
    taken = []
    for i in sorted(range(len(found)), key=lambda i: (-found[i], i)):
        if found[i] <= 0:
            break
        cost = count(lines[rows.start + i]) + 2
        if cost <= budget:
            taken.append(rows.start + i)
            budget -= cost
    return taken


def behind_docstring(lines: Sequence[str], d: Definition) -> int:
    """The first row of a body that is not part of its docstring."""
    opening = lines[d.head].strip()[:3]
    if opening not in QUOTES:
        return d.head
    for row in range(d.head, d.last):
        if opening in lines[row].strip()[3 if row == d.head else 0 :]:
            return min(row + 1, d.last)
    return d.head


def _units(
    definitions: Sequence[Definition],
) -> Iterator[tuple[Definition, range, tuple[int, ...]]]:
    """(definition, its own rows, rows of the headers around it); functions in functions are not
    units of their own, and a class ends where its first function begins."""
    enclosing: list[Definition] = []
    for i, d in enumerate(definitions):
        del enclosing[d.depth :]
        inside = any(e.kind in CALLABLE for e in enclosing)
        if not inside:
            around = [row for e in enclosing for row in range(e.first - 1, e.head)]
            last = d.last
            if d.kind not in CALLABLE:
                last = min(_own_end(definitions, i), d.first + _MEMBERS - 1)
            yield d, range(d.first - 1, max(d.head, last)), tuple(around)
        enclosing.append(d)


def _own_end(definitions: Sequence[Definition], i: int) -> int:
    d = definitions[i]
    for inner in definitions[i + 1 : i + 1 + _MEMBERS]:
        if inner.first > d.last:
            break
        if inner.kind in CALLABLE or inner.last - inner.first > 1:
            return inner.first - 1
    return d.last


def _weighted(lines: Sequence[str], d: Definition, rows: range) -> str:
    """A unit's text with its name, signature and first line of documentation said again."""
    signature = lines[d.first - 1 : d.head]
    body = lines[rows.start : min(rows.stop, rows.start + WHOLE)]
    return "\n".join((*[d.name] * NAME_TIMES, *signature, doc_line(lines, d.first, d.head), *body))


def _last(name: str) -> str:
    found = _identifiers(name[:200])
    return found[-1] if found else name
