"""What a block must not lose, found without the condensers' help.

Extraction is lexical and deliberately simple: it must not share the condensers' mistakes. Every
pattern works on one line at a time, so the work is linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from aicontext.domain.context import Ask, Evidence, Kind
from aicontext.engine.prioritize.terms import terms

LIMIT = 2000
"""Evidence kept per block at most; what comes first counts."""
_LINE = 400
_QUERY_HITS = 12

_FAILED_TEST = re.compile(
    r"^(?:FAILED|ERROR) +(\S+::\S+)"
    r"|^(?:FAIL|ERROR): +(\w+)"
    r"|^\s*--- FAIL: +(\S+)"
    r"|^test (\S+) \.\.\. FAILED"
    r"|^\s*[✕✗×] +(\S.*?)(?: \(\d+ ?m?s\))?$"
    r"|^\[ERROR\] +([\w.$]+:\d+\b|[\w.$]+\.\w+)(?=[ :])"
)
_RAISED = re.compile(
    r"^(?:E +)?((?:[\w.]+\.)?[A-Z]\w*(?:Error|Exception|Failure|Exit|Interrupt|Warning)\b(?::.*)?)$"
    r"|^E +(assert .+)$"
    r"|^\s*(Expected:? .+|Received:? .+|expected: .+|actual: .+|left: .+|right: .+)$"
    r"|^(panic: .+)$|^(thread '.+' panicked at .+)$"
)
_SUMMARY = re.compile(
    r"^=+ (.*\d+ (?:failed|passed|error).*?) =+$"
    r"|^(FAILED \((?:failures|errors)=.*\))$"
    r"|^(Tests?: +.*\d+ failed.*)$"
    r"|^(test result: FAILED\..*)$"
    r"|^(?:\[\w+\] )?(Tests run: \d+, Failures: .*)$"
)
_SEVERE = re.compile(
    r"\b(?:ERROR|FATAL|CRITICAL|PANIC|SEVERE)\b|^error(?:\[\w+\])?: |: error\b|^E\d{4}"
)
_DEFINITION = re.compile(
    r"^\s*(?:(?:export|default|public|private|protected|static|async|abstract|final|pub|override"
    r"|internal|sealed|open|data|suspend|inline|virtual)(?:\([a-z]+\))? +)*"
    r"(?:def|class|func|fn|function|interface|trait|struct|enum|impl|module|object|protocol|type)"
    r"\b[ *]+(?:\([^)]*\) *)?([A-Za-z_$][\w$]*)"
)
_MATCH = re.compile(r"^([^\s:][^:\n]{0,300}):(\d+):")
_NUMBER = re.compile(r"\d+")


def evidence(text: str, kind: Kind, ask: Ask) -> tuple[Evidence, ...]:
    """The obligations of `text` for this kind and query, at most LIMIT, in the text's order."""
    found = dict.fromkeys(islice(_of_kind(text, kind), LIMIT))
    found.update(dict.fromkeys(_query_hits(text, ask.query)))
    return tuple(found)


def missing(needed: tuple[Evidence, ...], shown: str) -> tuple[Evidence, ...]:
    """Those of `needed` whose strings do not all stand in `shown`, white space folded."""
    lines = {_fold(line) for line in shown.split("\n")}
    folded = _fold(shown)

    def stands(string: str) -> bool:
        wanted = _fold(string)
        return wanted in lines or wanted in folded

    return tuple(item for item in needed if not all(map(stands, item.strings)))


def _fold(text: str) -> str:
    return " ".join(text.split())


def _of_kind(text: str, kind: Kind) -> Iterator[Evidence]:
    lines = text.split("\n")
    if kind is Kind.TEST:
        yield from _from_pattern(lines, _FAILED_TEST, "failing test")
        yield from _from_pattern(lines, _RAISED, "error")
        yield from _from_pattern(lines, _SUMMARY, "summary")
    elif kind is Kind.LOG:
        yield from _severe(lines)
        yield from _from_pattern(lines, _RAISED, "error")
    elif kind is Kind.DIFF:
        yield from _changes(lines)
    elif kind is Kind.SEARCH:
        yield from _files(lines)
    elif kind is Kind.CODE:
        yield from _from_pattern(lines, _DEFINITION, "definition")


def _from_pattern(lines: list[str], pattern: re.Pattern[str], what: str) -> Iterator[Evidence]:
    for line in lines:
        match = pattern.search(line) if len(line) <= _LINE else None
        if match and (value := next(filter(None, match.groups()), None)):
            yield Evidence(what, (value.strip(),))


def _severe(lines: list[str]) -> Iterator[Evidence]:
    """The first line of each distinct severe message; digits do not make a message distinct."""
    seen: set[str] = set()
    for line in lines:
        if len(line) <= _LINE and _SEVERE.search(line):
            shape = _NUMBER.sub("0", line)
            if shape not in seen:
                seen.add(shape)
                yield Evidence("severe line", (line.strip(),))


def _changes(lines: list[str]) -> Iterator[Evidence]:
    for line in lines:
        if line[:1] in "+-" and line[:3] not in ("+++", "---") and line[1:].strip():
            yield Evidence("changed line", (line[:_LINE],))


def _files(lines: list[str]) -> Iterator[Evidence]:
    for line in lines:
        if match := _MATCH.match(line):
            yield Evidence("file with a match", (match[1].rsplit("/", 1)[-1],))


def _query_hits(text: str, query: str) -> Iterator[Evidence]:
    """Lines that define or hold the query's rarest identifier-like words, the first few."""
    wanted = [w for w in re.findall(r"[A-Za-z_][\w.]{3,60}", query) if "_" in w or w != w.lower()]
    lines = text.split("\n") if wanted and terms(query) else []
    for word in dict.fromkeys(wanted):
        hits = [line for line in lines if word in line and len(line) <= _LINE]
        defining = [line for line in hits if _DEFINITION.match(re.sub(r"^\S*?\d+[:\t→]", "", line))]
        for line in (defining or (hits if len(hits) <= 3 else []))[:_QUERY_HITS]:
            yield Evidence("asked for", (re.sub(r"^\S+?:\d+:", "", line).strip(),))
