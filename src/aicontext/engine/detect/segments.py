"""Cuts a block that holds several kinds into segments of one kind each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from aicontext.domain.context import Ask, Kind
from aicontext.engine.detect.detector import Detected, detect
from aicontext.engine.detect.hunks import Part, read
from aicontext.engine.detect.sample import envelope

MOST = 48
"""A text with more sure segments than this is better read as a whole."""
LEAST = 200
"""Characters: shorter finds stay part of what surrounds them."""

# Searched in the text with a line end before it, since a search for one is fast: a match starts
# where its line does in the text itself, and ends one further on.
_TAG = re.compile(r"\n<([a-z]{1,30}[-_][a-z_-]{1,40})>")
_OPENING = re.compile(r"\n[{\[]")
_SESSION = re.compile(r"\n=+ test session starts =+(?![^\n])")
_SUMMARY = re.compile(r"\n=+ [^\n]{1,200} in \d[\d.]*s[^\n]{0,30} =+(?![^\n])")
_FILE = re.compile(r"\n==> ([^\n]{1,300}) <==(?=\n)")
_DECODER = json.JSONDecoder()
_WINDOW = 4_096
_LONGEST_LITERAL = 16
"""Characters: where a window ends inside of a literal, it is wrong so far before the end."""
_WHOLE = (
    *(Kind.IMAGE, Kind.OPAQUE, Kind.CODE, Kind.SEARCH, Kind.LINT),
    *(Kind.TABLE, Kind.LISTING, Kind.CONFIG, Kind.LOCK, Kind.HISTORY),
)
"""Kinds that may well contain what looks like another one."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a block, and what it holds."""

    text: str
    detected: Detected


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    detected: Detected


def split(text: str, ask: Ask | None = None, whole: Detected | None = None) -> list[Segment]:
    """The text in segments of one kind; joined they are the text again.

    Cuts only where a part announces itself and its end: a tool's envelope, tagged reminders, a
    whole JSON value, a diff by its counted hunks, a pytest session, files under `==> name <==`.
    whole: what the text was found to be. Linear in the text's length; never raises.
    """
    ask = ask or Ask()
    whole = whole or detect(text, ask)
    spans = _disjoint(_spans(text, whole))
    if not spans or len(spans) > MOST:
        return [Segment(text, whole)]
    return list(_joined(text, spans, ask))


def _spans(text: str, whole: Detected) -> Iterator[_Span]:
    """Sure parts; where two overlap, the one that comes first here holds."""
    start, lined = envelope(text), f"\n{text}"
    if start:
        yield _Span(0, start, Detected(Kind.PROSE, confidence=0.9))
    yield from _tagged(lined, start)
    if whole.numbered:
        return
    yield from _files(text, lined, start)
    if whole.kind in _WHOLE and whole.confidence >= 0.7:
        return
    yield from _sessions(lined, start)
    if whole.kind not in (Kind.TEST, Kind.DIFF):
        yield from _diffs(text, start)
        if whole.kind is not Kind.JSON:
            yield from _values(text, lined, start)


def _tagged(lined: str, start: int) -> Iterator[_Span]:
    at = start
    while match := _TAG.search(lined, at):
        closing = f"</{match[1]}>"
        end = lined.find(closing, match.end())
        if end < 0:
            return
        end += len(closing)
        end += lined.startswith("\n", end) - 1
        yield _Span(match.start(), end, Detected(Kind.PROSE, confidence=0.8))
        at = end


def _files(text: str, lined: str, start: int) -> Iterator[_Span]:
    heads = list(_FILE.finditer(lined, start))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends[: len(heads)], strict=True):
        if head.start() and end - head.start() < LEAST:
            continue
        yield _Span(head.start(), end, detect(text[head.end() : end], Ask(path=head[1])))


def _sessions(lined: str, start: int) -> Iterator[_Span]:
    at = start
    while match := _SESSION.search(lined, at):
        summary = _SUMMARY.search(lined, match.end())
        if summary is None:
            return
        at = min(len(lined) - 1, summary.end())
        yield _Span(match.start(), at, Detected(Kind.TEST, confidence=0.95))


def _diffs(text: str, start: int) -> Iterator[_Span]:
    if "\n@@ " not in text and "\n@@@ " not in text:
        return
    lines = text[start:].split("\n")
    at, first = start, -1
    hunks = False
    for line, part in zip(lines, read(lines), strict=True):
        if part is Part.OUTSIDE and first >= 0:
            if hunks:
                yield _Span(first, at, Detected(Kind.DIFF, confidence=0.95))
            first, hunks = -1, False
        elif part is not Part.OUTSIDE and first < 0:
            first = at
        hunks = hunks or part is Part.HUNK
        at = min(len(text), at + len(line) + 1)
    if first >= 0 and hunks:
        yield _Span(first, len(text), Detected(Kind.DIFF, confidence=0.95))


def _values(text: str, lined: str, start: int) -> Iterator[_Span]:
    at, effort = start, 2 * len(text)
    while effort > 0 and (match := _OPENING.search(lined, at)):
        begin = match.start()
        try:
            length, read = _decoded(text, begin)
        except (ValueError, RecursionError):
            return
        effort -= max(read, 1)
        at = end = begin + length
        if not length:
            at = begin + 1
            continue
        fenced = text.startswith("```", text.rfind("\n", 0, max(begin - 1, 0)) + 1)
        if not fenced and (end == len(text) or text[end] == "\n"):
            at = min(len(text), end + 1)
            yield _Span(begin, at, Detected(Kind.JSON, "json", 0.95))


def _decoded(text: str, begin: int) -> tuple[int, int]:
    """(length of the JSON value that begins here, 0 for none; how far it was read).

    In windows, since an error counts the lines of all the text before it.
    """
    size = _WINDOW
    while True:
        window = text[begin : begin + size]
        try:
            _, length = _DECODER.raw_decode(window)
        except json.JSONDecodeError as error:
            cut = error.pos > size - _LONGEST_LITERAL or error.msg.startswith("Unterminated")
            if len(window) < size or not cut:
                return 0, error.pos
            size *= 16
        else:
            return length, length


def _disjoint(found: Iterator[_Span]) -> list[_Span]:
    taken: list[_Span] = []
    for span in found:
        free = all(span.end <= other.start or span.start >= other.end for other in taken)
        if free and (span.end - span.start >= LEAST or span.start == 0):
            taken.append(span)
        if len(taken) > MOST:
            break
    return sorted(taken, key=lambda span: span.start)


def _joined(text: str, spans: list[_Span], ask: Ask) -> Iterator[Segment]:
    """The spans and what lies between them; blanks go with what stands before them."""
    at = 0
    for span in [*spans, _Span(len(text), len(text), Detected(Kind.PROSE))]:
        between = text[at : span.start]
        if between.strip():
            yield Segment(between, detect(between, ask))
            between = ""
        if span.start < span.end or between:
            yield Segment(between + text[span.start : span.end], span.detected)
        at = span.end
