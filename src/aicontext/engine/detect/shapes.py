"""What single lines look like: each line of a sample votes for at most one shape."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_STAMP = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE)"
_SHAPES: tuple[tuple[str, str], ...] = (
    ("hunk", r"@@@? -\d+(?:,\d+)? .{0,60}\+\d+(?:,\d+)? @@"),
    ("patch", r"diff --(?:git|cc|combined) |Index: \S|--- (?:[ab]/|/dev/null|\S+\t)|\+\+\+ (?:[ab]/|/dev/null|\S+\t)"),
    ("verdict", r"=+ (?:test session starts|FAILURES|ERRORS|short test summary info|.*\b(?:passed|failed|error|skipped)\b.*) =+$"),
    ("verdict", r"(?:Ran \d+ tests? in |Tests?(?: Suites| Files)?:? +(?:run: )?\d+|Test Suites: |test result: |running \d+ tests?$|FAILED \(|Failures: \d)"),
    ("verdict", r"(?:[^\s=]{0,9} )?\d+ (?:tests?|specs?|examples?|pass(?:ed|ing)?|fail(?:ed|ing|ures?)?)(?:,|$| \(| across| ran)"),
    ("verdict", r"(?:---|===) (?:FAIL|PASS|SKIP|RUN|CONT|PAUSE)|(?:FAIL|ok  )\t\S|(?:not )?ok \d+ - |1\.\.\d+$|BUILD FAILED|\[(?:ERROR|INFO)\] +Tests run:"),
    ("outcome", r"[^\s:]+\.\w+(?:::[^\s:\[]+)+(?:\[.*\])? (?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)|(?:FAILED|ERROR|PASSED) [^\s:]+::"),
    ("outcome", r"\s*(?:[✓✔✕✗✘×○√]|\((?:pass|fail|skip)\)) ?\S|(?: ?(?:PASS|FAIL))\s+\S+\.\w+|test \S+ \.\.\. (?:ok|FAILED|ignored)|\S.* \.\.\. (?:ok|FAIL|ERROR|skipped.*)$"),
    ("outcome", r"\S+\.py(?:\[\d+\])? [.FEsxX]+(?:\s+\[.*\])?$|E  {2,}\S|(?:FAIL|ERROR): \w+ \("),
    ("ls", r"(?:[-dlbcps][-rwxsStT]{9}[@+.]? +\d|total \d+(?:\.\d)?[KMG]?$)"),
    ("tree", r"[│├└| ]{0,80}(?:[├└|`](?:──|--|─ )) ?\S"),
    ("status", r"(?:[ MADRCU?!]{2} |\t(?:modified|new file|deleted|renamed|both modified): +)\S+(?: -> \S+)?$|On branch \S|Changes (?:not staged|to be committed)|Untracked files"),
    ("match", r"[^\s:][^:\n]{0,200}?[:-]\d{1,7}[:-]|\d{1,7}:(?:\d{1,5}:)?(?=[^\d:]|$)|\d{1,7}-(?=[^\d:-]|$)"),
    ("log", rf"[\[(<]?{_STAMP}|[\[(]?\d\d:\d\d:\d\d[.,\] )]|[A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d |\[?{_LEVEL}\b[\]:|( -]|[IWEF]\d{{4}} \d\d:\d\d|\S+\t[^\t]+\t\ufeff?{_STAMP}|\d+\.\d+\.\d+\.\d+ - |##\[\w+\]|\[\s*\d+\.\d+\] "),
    ("json", r"\s*(?:[{\[]\s*$|[}\]],?\s*$|\"[^\"]{0,200}\"\s*:)|[{\[](?:\"|\{|\[|\d)"),
    ("tag", r"\s*<(?:/?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>|[A-Za-z][\w:.-]*\s[^<>]*$|!DOCTYPE|!--|\?xml)"),
    ("pipe", r"\s*\|.*\|\s*$|\+[-=+]+\+$"),
    ("speaker", r"(?:\[[^\]]{1,30}\] )?<[^<>\s]{1,30}> \S|(?:User|Assistant|Human|AI|System|Agent|[A-Z][\w.'-]{1,20}(?: [A-Z][\w.'-]{0,20}){0,2}(?: \(.{1,30}\))?): [A-Z\"'][^:]{10,}"),
    ("section", r"\[\[?[\w .\"'/:-]{1,80}\]\]?\s*$"),
    ("assign", r"[A-Za-z_][\w.-]{0,60} ?= ?(?:[\"'\[{\d]|true|false|\S+$)"),
    ("heading", r"#{1,6} \S|={4,}$|-{3,}$|\.\. \w+::|```"),
    ("key", r"\s*(?:- )?[\"']?[A-Za-z_$][\w./ -]{0,60}[\"']?:(?:\s+[^{(;]*)?$"),
    ("bullet", r"\s*(?:[-*+•] |\d{1,3}[.)] )\S"),
    ("path", r"(?:\.{0,2}/|[A-Za-z]:\\)?[\w.@+~-]+(?:[/\\][\w.@+~ \[\]()$-]+)*(?:[/\\]|\.[A-Za-z]\w{0,9})$|(?:\.{0,2}/)[\w.@+~/-]+:?$"),
)  # fmt: skip
_SHAPE = re.compile("|".join(f"(?P<g{i}>{pattern})" for i, (_, pattern) in enumerate(_SHAPES)))


def shape(line: str) -> str:
    """The first shape that the line's start fits; empty when it fits none."""
    match = _SHAPE.match(line)
    return _SHAPES[int((match.lastgroup or "g0")[1:])][0] if match else ""


def shapes(lines: Sequence[str]) -> Counter[str]:
    """How many lines fit each shape."""
    return Counter(map(shape, lines))


def sentences(lines: Sequence[str]) -> int:
    """How many lines read as words: 6 or more, mostly letters, few marks of code."""
    return sum(_reads_as_words(line) for line in lines)


def _reads_as_words(line: str) -> bool:
    if not line.isascii() and sum(map(str.isalpha, line)) > len(line) / 2:
        return True
    words = line.split()
    if len(words) < 6 or line.rstrip().endswith(("{", ";", "(")):
        return False
    plain = sum(word.strip(".,;:!?'\"()*`").isalpha() for word in words)
    return plain >= 0.7 * len(words)


def columns(lines: Sequence[str]) -> str:
    """The separator ("," or tab or "  ") that cuts nearly all lines into equally many fields."""
    for separator in ("\t", ",", ";"):
        counts = Counter(line.count(separator) for line in lines[:60])
        fields, rows = counts.most_common(1)[0] if counts else (0, 0)
        if fields >= 1 and rows >= 3 and rows >= 0.85 * min(len(lines), 60):
            return separator if separator == "\t" or fields >= 2 else ""
    return ""
