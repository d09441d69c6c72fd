"""One pass over a file's text: its definitions by their words, and the terms of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import NamedTuple

from aicontext.domain.repository.corpus import Defined
from aicontext.engine.detect.extensions import code_language, extension
from aicontext.engine.prioritize.index.grammar import LOGICAL_LINE, MACRO, Grammar, Search, grammar
from aicontext.engine.prioritize.terms import blanked, terms, word_terms, words

LONGEST_TEXT = 4 * 2**20
LONGEST_LINE = 2_000
LONGEST_NAME = 200
"""Characters that are looked at of a text and a line, and kept of a name."""
MOST_DEFINITIONS = 1 << 16
MOST_TERMS = 50_000
"""Different terms kept of a file, those that stand first."""
_MOST_HEAD_LINES = 60
_FURTHEST_END = 400_000

_long_line = re.compile(rf"(\n[^\n]{{{LONGEST_LINE}}})[^\n]+")
_generic = re.compile(r"<[^<>]*>")
_where = re.compile(r"\s+where\b")


class Scanned(NamedTuple):
    """What the index keeps of a file's text.

    counts: {term: times} for each definition, without its inner ones, and last for what stands
    outside of all.
    """

    definitions: tuple[Defined, ...] = ()
    counts: tuple[Mapping[str, int], ...] = ({},)


def scan(path: str, text: str) -> Scanned:
    """Definitions and terms of a file's text. Linear in its length, bounded by the limits above."""
    text = _cut(text)
    rules = grammar(code_language(extension(path)))
    spans = _spans(text, rules) if rules else _Spans()
    # Blanks for all that is no word: to split at those takes half the time of finding words.
    definitions, own_texts = _divided(text, blanked(text), spans)
    counts = tuple(
        Counter(chain.from_iterable(map(word_terms, own.split() if own.isascii() else words(own))))
        for own in own_texts
    )
    return Scanned(definitions, _bounded(counts))


def symbol_terms(names: Iterable[str]) -> Counter[str]:
    """{term: times} in the own names of definitions."""
    return Counter(terms(" ".join(names)))


def own_names(definitions: Iterable[Defined]) -> list[str]:
    """The names of definitions, each without those that enclose it."""
    return [defined.name.rpartition(".")[2] for defined in definitions]


def _cut(text: str) -> str:
    """The text after a line break, without what goes beyond the limits of a text and its lines."""
    text = text[:LONGEST_TEXT]
    # Rare characters are found at once, pairs of which one is frequent are not.
    text = "\n" + (text.replace("\r\n", "\n") if "\r" in text else text)
    at, last = 0, len(text) - 1
    while last - at > LONGEST_LINE:
        if (at := text.rfind("\n", at + 1, at + LONGEST_LINE + 2)) < 0:
            return _long_line.sub(r"\1", text)
    return text


class _Spans:
    """Definitions, side by side: named tuples of them would take half as long as to find them."""

    __slots__ = ("ends", "kinds", "names", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.kinds: list[str] = []
        self.names: list[str] = []


def _spans(text: str, rules: Grammar) -> _Spans:
    found = _Spans()
    starts, ends, kinds, names = found.starts, found.ends, found.kinds, found.names
    open_: list[int] = []
    endings: dict[int, Search] = {}
    places: dict[int, int] = {}
    """By indent what the last search found, less than 0 for how far it found nothing: heads that
    end nothing would have the same lines searched for each of them."""
    for head, after, indent, kind, name in rules.heads(text):
        while open_ and ends[open_[-1]] <= head:
            open_.pop()
        limit = ends[open_[-1]] if open_ else len(text)
        if macro := kind == MACRO:
            kind, indent = "function", LOGICAL_LINE
        if (place := places.get(indent, 0)) <= after:
            if (search := endings.get(indent)) is None:
                search = endings[indent] = rules.ending(indent)
            furthest = head + _FURTHEST_END
            ending = search(text, max(after, -place - LONGEST_LINE), furthest)
            place = places[indent] = ending.start() + 1 if ending else -furthest
        end = min(place, limit) if place > 0 else limit
        if kind == "module" and "\n" not in text[head:end].rstrip():
            continue
        start = head
        if text[head - 2] != "\n":
            floor = max(starts[open_[-1]] if open_ else 1, starts[-1] if starts else 1)
            start = _with_comments(text, head, floor, rules.comments)
            if starts and starts[-1] < start < ends[-1] <= head:
                ends[-1] = start
        name = _plain(name, kind)
        if open_ and not macro and len(owner := names[open_[-1]]) + len(name) < LONGEST_NAME:
            name = f"{owner}.{name}"
        open_.append(len(starts))
        starts.append(start)
        ends.append(end)
        kinds.append(kind)
        names.append(name)
        if len(starts) == MOST_DEFINITIONS:
            break
    return found


def _with_comments(text: str, head: int, floor: int, comments: tuple[str, ...]) -> int:
    """Where the comments and decorators right above the line at `head` start, or `head`."""
    for _ in range(_MOST_HEAD_LINES):
        above = text.rfind("\n", 0, head - 1) + 1
        if above <= floor or not text[above:head].lstrip().startswith(comments):
            break
        head = above
    return head


def _plain(name: str, kind: str) -> str:
    """A name as the language writes it, with its owners joined by dots."""
    if name.isidentifier():
        return name[:LONGEST_NAME]
    while "<" in name and (without := _generic.sub("", name)) != name:
        name = without
    if kind == "class" and name[:1] in " <":
        name = _where.split(name)[0].rpartition(" for ")[2].strip(" &\n")
    elif name.startswith("("):
        receiver, _, name = name.partition(")")
        name = f"{receiver.partition('[')[0].split()[-1].strip('(*')}.{name.strip()}"
    name = name.replace("::", ".").replace("\\", ".").replace(".prototype.", ".")
    for prefix in ("module.exports.", "exports.", "self.", "this."):
        name = name.removeprefix(prefix)
    return " ".join(name.strip(".").split())[:LONGEST_NAME]


def _divided(text: str, plain: str, spans: _Spans) -> tuple[tuple[Defined, ...], list[str]]:
    """(the definitions with their lines, for each and last for the rest what of `plain`, which is
    as long as the text, no inner one has)."""
    count = len(spans.starts)
    parts: list[list[str]] = [[] for _ in range(count + 1)]
    firsts, lasts = [0] * count, [0] * count
    open_: list[tuple[int, int]] = []
    end, owner = len(text), count
    at = seen = line = 0
    for number, start in enumerate((*spans.starts, len(text))):
        while end <= start and owner < count:
            parts[owner].append(plain[at:end])
            # One whose last comment belongs to the next ends after that starts.
            at, last = max(at, end), end - 1
            while text[last].isspace():
                last -= 1
            if seen <= last:
                line += text.count("\n", seen, last)
            else:
                line -= text.count("\n", last, seen)
            lasts[owner], seen = line, last
            end, owner = open_.pop()
        parts[owner].append(plain[at:start])
        if number < count:
            line += text.count("\n", seen, start)
            firsts[number], seen = line, start
            at = start
            open_.append((end, owner))
            end, owner = spans.ends[number], number
    defined = map(Defined, spans.names, spans.kinds, firsts, lasts)
    return tuple(defined), ["".join(part) for part in parts]


def _bounded(counts: tuple[Counter[str], ...]) -> tuple[Mapping[str, int], ...]:
    if sum(map(len, counts)) <= MOST_TERMS:
        return counts
    kept = frozenset(list(dict.fromkeys(chain.from_iterable(counts)))[:MOST_TERMS])
    return tuple({term: n for term, n in count.items() if term in kept} for count in counts)
