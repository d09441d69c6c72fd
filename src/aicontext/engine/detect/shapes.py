"""What single lines look like: each line of a sample votes for at most one shape."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_STAMP = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|SEVERE)"


def alternatives(rows: Iterable[tuple[str, str]]) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """One pattern out of (name, alternatives one a line), and the name of each of its groups."""
    named = [(name, [line.strip() for line in text.strip().splitlines()]) for name, text in rows]
    pattern = "|".join(f"(?P<g{i}>{'|'.join(lines)})" for i, (_, lines) in enumerate(named))
    return re.compile(pattern), tuple(name for name, _ in named)


# Each line is an alternative; the first shape that matches a line's start wins.
_SHAPE, _NAMES = alternatives(
    (
        ("hunk", r"@@@? -\d+(?:,\d+)? .{0,60}\+\d+(?:,\d+)? @@"),
        (
            "commit",
            r"""
            [|*\\/_ ]{0,60}commit [0-9a-f]{7,64}(?: \(.{1,200}\)| [0-9a-f]{7,64})*$
            [|*\\/_ ]{0,60}(?:Author|AuthorDate|Commit|CommitDate): +\S
            """,
        ),
        (
            "seal",
            r"""
            \s*\"?(?:integrity|checksum|resolved|sha256)\"?(?::| =)? \"?(?:\w+[-:/]|[0-9a-f]{40})
            \s*resolution: \{integrity:[ ]
            \s*(?:sdist = )?\{ ?(?:url = \"https?://|file = \")
            \S+ v\d\S* h1:\S+=$
            \s+--hash=\w+:[0-9a-f]{32}
            \[\[package\]\]$
            """,
        ),
        (
            "patch",
            r"""
            diff --(?:git|cc|combined)[ ]
            Index: \S
            (?:---|\+\+\+) (?:[ab]/|/dev/null|\S+\t)
            """,
        ),
        (
            "verdict",
            r"""
            =+ (?:test session starts|FAILURES|ERRORS|short test summary info) =+$
            =+ .{0,80}\b(?:passed|failed|error|skipped)\b.{0,80} =+$
            bun test v\d
            Ran \d+ tests? (?:in|across)[ ]
            ℹ (?:tests|pass|fail) \d
            (?:ok|FAILED) \| \d+ passed
            Running \d+ tests? using \d+ workers?$
            Tests?(?: Suites| Files)?:? +(?:run: )?\d+
            (?:test result: |running \d+ tests?$|FAILED \(|Failures: \d)
            (?:[^\s=]{0,9} )?\d+ (?:tests?|specs?|examples?)(?:,|$| \(| across| ran)
            (?:[^\s=]{0,9} )?\d+ (?:pass(?:ed|ing)?|fail(?:ed|ing|ures?)?)(?:,|$| \()
            (?:---|===) (?:FAIL|PASS|SKIP|RUN|CONT|PAUSE)
            (?:FAIL|ok  )\t\S
            (?:not )?ok \d+ -[ ]
            1\.\.\d+$
            [ ]?tests? finished: \d
            \[(?:ERROR|INFO)\] +Tests run:
            """,
        ),
        (
            "outcome",
            r"""
            [^\s:]+\.\w+(?:::[^\s:\[]+)+(?:\[.*\])? (?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)
            (?:FAILED|ERROR|PASSED) [^\s:]+::
            \s*(?:[✓✔✕✗✘✖×○√﹣]|\((?:pass|fail|skip)\)) ?(?!\d+ modules|built in)\S
            [ ]?(?:PASS|FAIL)\s+\S+\.\w+
            test \S+ \.\.\. (?:ok|FAILED|ignored)
            \w[^.\n]{0,100}(?:\.\w+){0,9}\)? \.\.\. (?:ok|FAIL|ERROR|skipped.*)$
            \S+\.py(?:\[\d+\])? [.FEsxX]+(?:\s+\[.*\])?$
            test_\w+ (?:ok|[FEfsXw])(?: |$)
            E {3,}\S
            (?:FAIL|ERROR): \w+ \(
            """,
        ),
        ("ls", r"(?:[-dlbcps][-rwxsStT]{9}[@+.]? +\d|total \d+(?:\.\d)?[KMG]?$)"),
        ("tree", r"[│├└|\s]{0,80}(?:[├└|`](?:──|--|─ )) ?\S"),
        (
            "status",
            r"""
            [ MADRCU?!]{2} \S+(?: -> \S+)?$
            \t(?:modified|new file|deleted|renamed|both modified): +\S
            (?:On branch \S|Changes (?:not staged|to be committed)|Untracked files)
            """,
        ),
        (
            "problem",
            r"""
            \S+?[:(]\d+[:,]\d+\)?:? (?:- )?(?:error|warning|note|fatal|info)\b
            \S+?:\d+: (?:error|warning|note|fatal)\b
            """,
        ),
        (
            "log",
            rf"""
            [\[(<]?{_STAMP}
            [\[(]?\d\d:\d\d:\d\d[.,\] )]
            [A-Z][a-z]{{2}} [ \d]\d \d\d:\d\d:\d\d[ ]
            \[?{_LEVEL}\b[\]:|( -]
            [IWEF]\d{{4}} \d\d:\d\d
            [^\t]+\t[^\t]+\t\ufeff?{_STAMP}:\d\d\.\d+Z[ ]
            \d+\.\d+\.\d+\.\d+ -[ ]
            ##\[\w+\]
            \[\s*\d+\.\d+\][ ]
            """,
        ),
        (
            "build",
            r"""
            \s*(?:[A-Z]{3} )?[\w./@~\[\]-]{1,120}\.\w{1,5} {1,60}\d[\d.,]* [kKMG]?i?B\b
            (?:CLI|ESM|CJS|DTS|IIFE) (?:Build|Building|Using|Target|Cleaning|tsup|⚡|dist)
            \s{1,8}(?:Compiling|Checking|Downloaded|Downloading|Finished|Fresh|Adding|Locking) \S
            (?:✓ \d+ modules transformed|✓ built in |transforming|rendering chunks|computing gzip)
            vite v\d|webpack \d|asset \S+ \d|modules by path |Step \d+/\d+ :|Removing intermediate
            (?:Collecting|Installing|Using cached|Downloading|Requirement already satisfied:) ?\S
            (?:Unpacking|Setting up|Selecting previously|Preparing to unpack) ?\S
            (?:Get|Hit|Ign):\d+ http|(?:added|removed|changed|audited)\b.{0,60} packages?\b
            (?:(?:[Ww]arning|[Ee]rror)(?:\[\w+\])?:|npm (?:warn|WARN|notice|error|ERR!))[ ]
            #\d+ (?:\[|\d+\.\d+ |DONE |CACHED|sha256:|extracting|naming|writing|exporting)
            """,
        ),
        (
            "path",
            r"""
            (?:\.{0,2}/|[A-Za-z]:\\)?[\w.@+~-]+(?:[/\\][\w.@+~ \[\]()$-]+)*\.[A-Za-z]\w{0,9}$
            (?:\.{0,2}/|[A-Za-z]:\\)?[\w.@+~-]+(?:[/\\][\w.@+~ \[\]()$-]+)*[/\\]$
            \.{0,2}/[\w.@+~/-]+:?$
            """,
        ),
        (
            "match",
            r"""
            (?:[\w./~^@-]{1,80}:(?=[^\s:\d]))?[^\s:][^:\t\n]{0,150}?(?<![ T]\d\d):\d{1,7}:
            [^\s:][^:\t\n]{0,150}?\.\w{1,9}-\d{1,7}-
            \d{1,7}:(?:\d{1,5}:)?(?=[^\d:]|$)
            \d{1,7}-(?=[^\d:-]|$)
            """,
        ),
        (
            "json",
            r"""
            \s*(?:[{\[]\s*$|[}\]],?\s*$|\"[^\"]{0,150}\"\s*:)
            [{\[](?:\"|\{|\[|\d)
            """,
        ),
        (
            "tag",
            r"""
            \s*</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>
            \s*<[A-Za-z][\w:.-]*\s[^<>]*$
            \s*<(?:!DOCTYPE|!--|\?xml)
            """,
        ),
        ("pipe", r"\s*\|.*\|\s*$|\+[-=+]+\+$"),
        (
            "speaker",
            r"""
            (?:\[[^\]]{1,30}\] )?<[^<>\s]{1,30}> \S
            [A-Z][\w.'-]{0,20}(?: [A-Z][\w.'-]{0,20}){0,2}(?: \([^)]{1,30}\))?: [^\W\d_]
            """,
        ),
        (
            "hit",
            r"(?:[\w.@+~-]+/)*[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,9}:(?!\s*$|//)",
        ),
        ("section", r"\[\[?[\w .\"'/:-]{1,80}\]\]?\s*$"),
        ("assign", r"[A-Za-z_][\w.-]{0,60} ?= ?(?:[\"'\[{\d]|true|false|\S+$)"),
        ("heading", r"#{1,6} \S|={4,}$|-{3,}$|\.\. \w+::|```"),
        ("key", r"\s*(?:- )?[\"']?[A-Za-z_$][\w./ -]{0,60}[\"']?:(?:\s+[^{(;]*)?$"),
        ("bullet", r"\s*(?:[-*+•] |\d{1,3}[.)] )\S"),
    )
)  # fmt: skip


WIDEST_LINE = 1_000
"""Characters of a line that are looked at."""
FEWEST_ROWS, FEWEST_COLUMNS = 3, 3
FEWEST_REPEATING, OFTEN, REPEATED = 12, 4, 0.6
"""Lines of a text that repeats at least; how often one stands there; the share of all such."""
_number = re.compile(r"\d[\w.,:-]*")
_WRITTEN = bytes(not chr(i).isspace() for i in range(256))
_run = re.compile(rb"\x01+").finditer


def shape(line: str) -> str:
    """The first shape that the line's start fits; empty when it fits none."""
    match = _SHAPE.match(line)
    return _NAMES[int(match.lastgroup[1:])] if match and match.lastgroup else ""


def shapes(lines: Sequence[str]) -> Counter[str]:
    """How many lines fit each shape."""
    return Counter(map(shape, lines))


def sentences(lines: Sequence[str]) -> int:
    """How many lines read as words: 6 or more, mostly letters, few marks of code."""
    return sum(map(_reads_as_words, lines))


def _reads_as_words(line: str) -> bool:
    if not line.isascii() and sum(map(str.isalpha, line)) > len(line) / 2:
        return True
    words = line.split()
    if len(words) < 6 or line.rstrip().endswith(("{", ";", "(")):
        return False
    plain = sum(word.strip(".,;:!?'\"()*`").isalpha() for word in words)
    return plain >= 0.7 * len(words)


def repeats(lines: Sequence[str]) -> bool:
    """Whether most lines are the same as others but for numbers: a program printed them."""
    same = Counter(_number.sub("#", line.strip()) for line in lines)
    often = sum(times for times in same.values() if times >= OFTEN)
    return len(lines) >= FEWEST_REPEATING and often >= REPEATED * len(lines)


def separator(lines: Sequence[str]) -> str:
    """Tab, comma or semicolon, if it cuts nearly all lines into equally many fields."""
    for mark, least in (("\t", 1), (",", 2), (";", 2)):
        fields, rows = Counter(line.count(mark) for line in lines).most_common(1)[0]
        if fields >= least and rows >= 3 and rows >= 0.85 * len(lines):
            return mark
    return ""


def columns(title: str, body: Sequence[str]) -> list[tuple[int, int | None]]:
    """Where each column begins and ends: what is blank in all lines parts them, and each has a
    name above it; the last runs to the line's end."""
    union = 0
    for line in (title, *body):
        shown = line[:WIDEST_LINE].ljust(WIDEST_LINE).encode("ascii", "replace")
        union |= int.from_bytes(shown.translate(_WRITTEN))
    covered = union.to_bytes(WIDEST_LINE)
    starts = [run.start() for run in _run(covered) if title[run.start() : run.end()].strip()]
    if not starts:
        return []
    starts[0] = 0
    ends: list[int | None] = [*starts[1:], None]
    return list(zip(starts, ends, strict=True))


def aligned(lines: Sequence[str]) -> bool:
    """Whether lines of a text stand in columns under its first, whose words are capitalised."""
    title, body = lines[0], lines[1:]
    words = title[:WIDEST_LINE].split()
    named = sum(word[0].isupper() or not word[0].isalnum() for word in words)
    if (
        len(body) < FEWEST_ROWS
        or "  " not in title
        or named < max(FEWEST_COLUMNS, 0.8 * len(words))
    ):
        return False
    bounds = columns(title, body)
    filled = [sum(bool(line[a:b].strip()) for a, b in bounds) for line in body]
    return len(bounds) >= FEWEST_COLUMNS and 2 * min(filled) >= len(bounds)
