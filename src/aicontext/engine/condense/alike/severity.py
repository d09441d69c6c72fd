"""How much a log line looks like trouble, by the words that tools themselves print."""

from __future__ import annotations

import re

WIDTH = 1_000
LEVEL = re.compile(
    r"[^A-Za-z]{0,80}(?:\S{1,60} ){0,4}?\W{0,6}"
    r"(?:(FATAL|CRITICAL|SEVERE|EMERG|ALERT|PANIC|ERROR|ERR|FAILURE|FAILED|FAIL|error|fatal|Error)"
    r"|(WARNING|WARN|warning|warn|Warning)|(?:INFO|DEBUG|TRACE|NOTICE|info|debug))\b(?![-\w/.])"
)
TROUBLE = (
    *("error", "fail", "exception", "fatal", "panic", "abort", "cannot", "can't", "could not"),
    *("couldn't", "unable to", "undefined", "unresolved", "not found", "no such", "denied"),
    *("refused", "timed out", "timeout", "unexpected", "invalid", "missing", "segmentation"),
    *("traceback", "assert", "killed", "exit code", "exit status", "exited", "non-zero"),
    *("violat", "mismatch", "incompatible", "unsupported", "conflict", "not supported", "broken"),
    *("corrupt", "wrong", "crash", "illegal", "unavailable", "rejected", "forbidden"),
    *("does not exist", "doesn't exist", "out of memory", "not allowed", "not permitted"),
)
PLACED = re.compile(r"\s*[^\s:()]{1,300}(?::\d+:|\(\d+,\d+\)|:\[\d+,\d+\])")
THROWN = re.compile(r"(?:[\w$]+[./:]{1,2}){0,20}\w*(?:Error|Exception|Panic)(?::|\s*\Z)")
CALM = re.compile(
    r"\b(?:0|no) (?:errors?|failures?|failed|warnings?)\b|(?:errors?|failures?|failed)[:=] ?0\b"
    r"|timeout ?[=:] ?\d|(?:error|failure|exception)s?[-_. ]?(?:handl|rate|page|prone|code = 0)",
    re.IGNORECASE,
)


def severity(line: str) -> float:
    """0 for an ordinary line, 1 for a warning, up to 3 for a marked error.

    line: as `terminal.plain` shows it. Looks at its first thousand characters.
    """
    head = line[:WIDTH]
    lower = head.lower()
    if not any(map(lower.__contains__, TROUBLE)):
        return _by_level(head) if "warn" in lower else 0.0
    calm = CALM.search(head)
    level = _by_level(head)
    if level >= 3.0:
        return 3.0 if not calm else 1.0
    if calm:
        return 0.0
    if THROWN.match(head.lstrip()):
        return 2.5
    return max(level, 2.0 if PLACED.match(head) else 1.5)


def _by_level(head: str) -> float:
    found = LEVEL.match(head)
    if not found:
        return 0.0
    return 3.0 if found.group(1) else 1.0 if found.group(2) else 0.0
