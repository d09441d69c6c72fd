"""What a task says: its title, prose, code and output apart, and the names it calls things by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import islice, pairwise
from math import sqrt

from aicontext.engine.prioritize.terms import LONGEST_WORD, STOP_WORDS, terms, word_terms, words

LONGEST = 60_000
"""Characters of a task that are read."""
LONGEST_LINE = 300
"""Characters of a line by which it is told what it is."""
LONGEST_FRAME = 1_000
"""Characters of a line in which a frame is sought."""
MOST_PAIRS = 60
"""Neighbouring words, those said first."""
SHORTEST = 3
"""Letters of a word that is one of them."""
MOST_NAMES = 80
"""Names of each part that are looked up."""


class Part(IntEnum):
    """What a line of a task is."""

    TITLE = 0
    PROSE = 1
    CODE = 2
    OUTPUT = 3
    """What a program printed: traces, logs, listings."""

    ASIDE = 4
    """Versions, headings and questions of an issue form: they say nothing of the matter."""


SAYING = (2.0, 1.0, 0.4, 0.25, 0.0)
"""How much a term of each part weighs."""
DAMPED = 0.7
"""The power of a term's weight that counts in the end."""
NAMING = (2.0, 1.5, 0.7, 0.7, 0.0)
"""How much a name of each part weighs."""

UNTYPED = frozenset(("Dockerfile", "Makefile", "Jenkinsfile", "Procfile", "Gemfile", "Rakefile"))
"""Names of files that have no type and are said as they are."""

_FENCE = re.compile(r"\s*(?:```|~~~)[`~]*\s*(.*)")
_INLINE = "```"
"""A fence that ends on its own line is none."""
_LANGUAGE = re.compile(r"[\w+#.-]{0,30}\s*\Z")
_OUTPUTS = ("console", "text", "txt", "log", "logs", "output", "shell", "bash", "sh", "pytb")
_LINK = re.compile(r"https?://\S+")
_FORM = re.compile(
    r"(?i)[\s#*_>-]*(?:describe|steps? to|to reproduce|reproduc|expected|actual|current"
    r"|observed|your |additional|environment|version|system|platform|screenshots?|description"
    r"|summary|context|checklist|possible|motivation|solution|details?|what |how |minimal"
    r"|code sample|problem|bug report|feature|logs?\b|output\b|traceback\b|operating|component"
    r"|configuration|command used|result)[^.]{0,50}[*_:?#\s]*$"
)
_VERSION = re.compile(
    r"(?i)[\s*|-]*(?:os|python|node|npm|rustc?|cargo|go|kotlin|java|jvm|platform|machine"
    r"|processor|system|arch\w*|version|commit|locale|byteorder|libhdf5|libnetcdf|lc_all|lang"
    r"|[\w .-]{1,30}version)\b[^.:=]{0,30}[:=].{0,80}$"
    r"|[\s*|-]*[\w.-]{2,30}\s*(?:[:=]{1,2}|\s)\s*v?\d+(?:\.\w+){1,4}\S*\s*$"
)
_CHECKBOX = re.compile(r"\s*[-*]\s*\[[ xX]\]")
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.|In \[\d+\]:)\s")
_TRACE = re.compile(
    r'\s*(?:Traceback \(most|File "[^"]+", line \d+|at \S.{0,200}[:(]\S*\d|\d+: +\S+::\S+'
    r"|--> \S+:\d+|thread '.{0,80}' panicked|goroutine \d+|panic: |Caused by: "
    r"|[\w.]*(?:Error|Exception): )"
)
_CAUSE = "Caused by:"
_FRAMES = (
    re.compile(r'File "(?P<path>[^"\n]{1,300})", line (?P<line>\d+)(?:, in (?P<name>[\w<>.]+))?'),
    re.compile(r"\bat (?P<name>[\w.$<>\[\] ]{1,120}) ?\((?P<path>[^()\s]{1,300}?):(?P<line>\d+)"),
    re.compile(
        r"(?<![\w./\\@~-])(?P<path>[\w./\\@~-]{1,300}\.(?:py|rs|go|kts?|java|[cm]?[jt]sx?|rb|php|cs|c|cc|cpp|h)):"
        r"(?P<line>\d+)(?P<name>)"
    ),
)
_PATH = re.compile(
    r"(?<![\w/\\.@~-])[\w.@~-]*(?:[/\\][\w.@~-]+)*\.(?:py|pyi|rs|go|kts?|java|[cm]?[jt]sx?|vue|rb|php"
    r"|cs|c|cc|cpp|h|hpp|scala|swift|sh|md|rst|toml|ya?ml|json|ini|cfg|conf|sql|s?css|html|proto|tf)\b"
    rf"|(?<![\w.@~-])(?:{'|'.join(sorted(UNTYPED))})\b|"
    r"(?<![\w/.:@~-])[\w.@-]+(?:/[\w.@-]+)+(?![\w/])"
)
_DOTTED = re.compile(r"(?<![\w./@:-])[A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)+")
_IMPORT = re.compile(r"\bfrom[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w, ]+)")
_QUOTED = re.compile(r"(?<!`)`([^`\n]{2,120})`(?!`)")
_CALLED = re.compile(r"\b([A-Za-z_]\w{2,79})\(")
_COMPOUND = re.compile(
    r"\b(?:[A-Za-z]+_\w+|_+[A-Za-z]\w+|[A-Z]+[a-z0-9]+[A-Z]\w*|[a-z]+[A-Z]\w*)\b"
)
_PIECE = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"[A-Za-z_]\w{2,79}")
_CLASS = re.compile(r"\b[A-Z][a-z]\w{2,60}\b")


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in a call stack. path: as it was printed. line: 0 where none was."""

    path: str
    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task as ranking reads it.

    terms: {term: weight} over all parts. words: {term: what it stands for}. title: the terms of
    the title. pairs: neighbouring words of title and prose, those of identifiers too, as said.
    names: {identifier: weight}, the weight by where and how it is said. dotted: names with
    their owners, as said. paths: what looks like a path, as said. frames: of call stacks, the
    innermost first.
    """

    terms: Mapping[str, float]
    words: Mapping[str, str]
    title: frozenset[str]
    pairs: tuple[tuple[str, str], ...]
    names: Mapping[str, float]
    dotted: tuple[str, ...]
    paths: tuple[str, ...]
    frames: tuple[Frame, ...]


@lru_cache(maxsize=8)
def read_task(text: str) -> Task:
    """The parts and names of a task in words. Linear in the text's length, bounded by LONGEST."""
    lines = tuple(_lines(_without_comments(text[:LONGEST])))
    said = {part: "\n".join(line for p, line in lines if p is part) for part in Part}
    plain = {part: _LINK.sub(" ", body) for part, body in said.items()}
    whole = "\n".join(line for part, line in lines if part is not Part.ASIDE)
    return Task(
        terms=_weighed(plain),
        words=_words(whole),
        title=frozenset(terms(plain[Part.TITLE])),
        pairs=tuple(dict.fromkeys(islice(_pairs(plain), MOST_PAIRS))),
        names=_names(plain),
        dotted=tuple(dict.fromkeys((*_DOTTED.findall(whole), *_imported(whole)))),
        paths=tuple(dict.fromkeys(_PATH.findall(whole))),
        frames=tuple(_frames(said[Part.CODE] + "\n" + said[Part.OUTPUT] + "\n" + said[Part.PROSE])),
    )


def _without_comments(text: str) -> str:
    """A text in Markdown as it is shown: what a form asks stands in comments."""
    head, *pieces = text.split("<!--")
    return " ".join((head, *(piece.partition("-->")[2] or piece for piece in pieces)))


def _lines(text: str) -> Iterator[tuple[Part, str]]:
    titled = False
    fence: Part | None = None
    for line in text.split("\n"):
        if (mark := _FENCE.match(line)) and _INLINE not in mark[1]:
            fence = None if fence is not None else _fenced(mark[1].strip().lower())
            # What is no language was written there by mistake, and says as much as below.
            line = "" if _LANGUAGE.match(mark[1]) else mark[1]
        if not line.strip():
            continue
        part = _part(line, fence)
        if not titled and part in (Part.PROSE, Part.ASIDE) and not _CHECKBOX.match(line):
            head, rest = _headline(line)
            titled = True
            yield Part.TITLE, head
            line, part = rest, Part.PROSE
        yield part, line


def _fenced(language: str) -> Part:
    return Part.OUTPUT if language in _OUTPUTS else Part.CODE


def _part(line: str, fence: Part | None) -> Part:
    line = line[:LONGEST_LINE]
    if _TRACE.match(line):
        return Part.OUTPUT
    if _CHECKBOX.match(line) or _VERSION.match(line):
        return Part.ASIDE
    if fence is not None:
        return fence
    if _PROMPT.match(line) or line.startswith(("    ", "\t")):
        return Part.CODE
    return Part.ASIDE if _FORM.match(line) else Part.PROSE


def _headline(line: str) -> tuple[str, str]:
    """A title and what follows it: of a long first line only its first sentence."""
    if len(line) <= 200 or (end := line.find(". ", 20, 300)) < 0:
        return line, ""
    return line[: end + 1], line[end + 1 :]


def _weighed(plain: Mapping[Part, str]) -> dict[str, float]:
    """Terms by what their parts weigh, the square root of their number in each."""
    found: dict[str, float] = {}
    for part, weight in zip(Part, SAYING, strict=True):
        times: dict[str, int] = {}
        for term in terms(plain[part]) if weight else ():
            times[term] = times.get(term, 0) + 1
        for term, n in times.items():
            found[term] = found.get(term, 0.0) + weight * sqrt(min(n, 9))
    return {term: weight**DAMPED for term, weight in found.items()}


def _words(text: str) -> dict[str, str]:
    """For each term the word, or the part of one, that it stands for, as first said."""
    found: dict[str, str] = {}
    for word in dict.fromkeys(words(text)):
        for piece in (word, *_PIECE.findall(word)) if len(word) <= LONGEST_WORD else ():
            if own := word_terms(piece):
                found.setdefault(own[0], piece)
    return found


def _pairs(plain: Mapping[Part, str]) -> Iterator[tuple[str, str]]:
    for line in f"{plain[Part.TITLE]}\n{plain[Part.PROSE]}".split("\n"):
        said = [piece.lower() for piece in _PIECE.findall(line)]
        telling = [len(word) >= SHORTEST and word not in STOP_WORDS for word in said]
        for pair, both in zip(pairwise(said), pairwise(telling), strict=True):
            if all(both):
                yield pair


def _names(plain: Mapping[Part, str]) -> dict[str, float]:
    """What is said as a name: quoted, called, compound, capitalised, or any word of code."""
    found: dict[str, float] = {}
    for part, weight in zip(Part, NAMING, strict=True):
        text = plain[part]
        said = [word for quoted in _QUOTED.findall(text) for word in _WORD.findall(quoted)]
        said += _CALLED.findall(text)
        said += _COMPOUND.findall(text)
        if part in (Part.CODE, Part.OUTPUT):
            said += _WORD.findall(text)
        elif part is Part.TITLE:
            said += _CLASS.findall(text)
        named = [name for name in dict.fromkeys(said) if name.lower() not in STOP_WORDS]
        for name in named[:MOST_NAMES] if weight else ():
            found[name] = max(found.get(name, 0.0), weight)
    return found


def _imported(text: str) -> Iterator[str]:
    for module, names in _IMPORT.findall(text):
        for name in names.split(","):
            yield f"{module}.{name.split()[0]}" if name.strip() else module


def _frames(text: str) -> Iterator[Frame]:
    """The innermost first: Python prints it last, the others first, a cause after its effect."""
    python: list[Frame] = []
    stacks: list[list[Frame]] = [[]]
    for line in (line[:LONGEST_FRAME] for line in text.split("\n")):
        if line.lstrip().startswith(_CAUSE):
            stacks.append([])
        if frame := _frame(line):
            (python if frame.path.endswith(".py") else stacks[-1]).append(frame)
    yield from reversed(python)
    for stack in reversed(stacks):
        yield from stack


def _frame(line: str) -> Frame | None:
    for pattern in _FRAMES:
        if found := pattern.search(line):
            name = (found["name"] or "").strip()
            return Frame(found["path"].replace("\\", "/"), int(found["line"]), name)
    return None
