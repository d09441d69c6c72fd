"""One pass over a file's text: its definitions by their words, and the terms of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from aicontext.domain.repository.corpus import Defined
from aicontext.engine.detect.extensions import code_language, extension
from aicontext.engine.prioritize.index.grammar import Grammar, grammar
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
    text = "\n" + text[:LONGEST_TEXT].replace("\r\n", "\n")
    if _long_line.search(text):
        text = _long_line.sub(r"\1", text)
    rules = grammar(code_language(extension(path)))
    spans = _spans(text, rules) if rules else []
    # Blanks for all that is no word: to split at those takes half the time of finding words.
    plain, found = (blanked(text), str.split) if text.isascii() else (text, words)
    counts = tuple(
        Counter(chain.from_iterable(map(word_terms, found(own))))
        for own in _own_texts(plain, spans)
    )
    return Scanned(_named(text, spans), _bounded(counts))


def symbol_terms(names: Iterable[str]) -> Counter[str]:
    """{term: times} in the own names of definitions."""
    return Counter(terms(" ".join(names)))


def own_names(definitions: Iterable[Defined]) -> list[str]:
    """The names of definitions, each without those that enclose it."""
    return [defined.name.rpartition(".")[2] for defined in definitions]


class _Span:
    """Named tuples and plain classes are made in a fraction of the time of a dataclass."""

    __slots__ = ("end", "kind", "name", "start")

    def __init__(self, start: int, end: int, kind: str, name: str) -> None:
        self.start = start
        self.end = end
        self.kind = kind
        self.name = name


def _spans(text: str, rules: Grammar) -> list[_Span]:
    found: list[_Span] = []
    open_: list[_Span] = []
    for head, after, indent, kind, name in rules.heads(text):
        while open_ and open_[-1].end <= head:
            open_.pop()
        ending = rules.ending(indent).search(text, text.find("\n", after), head + _FURTHEST_END)
        limit = open_[-1].end if open_ else len(text)
        end = min(ending.start() + 1 if ending else limit, limit)
        if kind == "module" and "\n" not in text[head:end].rstrip():
            continue
        floor = max(open_[-1].start if open_ else 1, found[-1].start if found else 1)
        start = _with_comments(text, head, floor, rules.comments)
        if found and found[-1].start < start < found[-1].end <= head:
            found[-1].end = start
        name = _plain(name, kind)
        if open_ and len(owner := open_[-1].name) + len(name) < LONGEST_NAME:
            name = f"{owner}.{name}"
        span = _Span(start, end, kind, name)
        found.append(span)
        open_.append(span)
        if len(found) == MOST_DEFINITIONS:
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


def _named(text: str, spans: Sequence[_Span]) -> tuple[Defined, ...]:
    found: list[Defined] = []
    line, at = 0, 0
    for span in spans:
        line, at = line + text.count("\n", at, span.start), span.start
        last = line + text.count("\n", at, _last(text, span.end))
        found.append(Defined(span.name, span.kind, line, last))
    return tuple(found)


def _last(text: str, end: int) -> int:
    """Where the last visible character before `end` is."""
    while text[end - 1].isspace():
        end -= 1
    return end - 1


def _own_texts(text: str, spans: Sequence[_Span]) -> list[str]:
    """For each span, and last for the rest, the text that no inner span has."""
    parts: list[list[str]] = [[] for _ in range(len(spans) + 1)]
    open_ = [(len(text), len(spans))]
    at = 0
    for number, span in enumerate(spans):
        while open_[-1][0] <= span.start:
            end, owner = open_.pop()
            parts[owner].append(text[at:end])
            at = end
        parts[open_[-1][1]].append(text[at : span.start])
        at = span.start
        open_.append((span.end, number))
    for end, owner in reversed(open_):
        parts[owner].append(text[at:end])
        at = max(at, end)
    return ["".join(part) for part in parts]


def _bounded(counts: tuple[Counter[str], ...]) -> tuple[Mapping[str, int], ...]:
    if sum(map(len, counts)) <= MOST_TERMS:
        return counts
    kept = frozenset(list(dict.fromkeys(chain.from_iterable(counts)))[:MOST_TERMS])
    return tuple({term: n for term, n in count.items() if term in kept} for count in counts)
