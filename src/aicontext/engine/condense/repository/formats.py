"""What was chosen as one text: Markdown, XML, JSON or plain.

Files are not trusted: nothing in them can end the part of the text that shows them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from aicontext.domain.context import Level
from aicontext.domain.repository.names import sendable, written
from aicontext.domain.repository.results import Format, RankedDefinition, Slice
from aicontext.engine.condense.marks import Marks

LONGEST_WHY = 80
_NAMES = {Level.SKELETON: "signature"}
_BACKTICKS = re.compile(r"`{3,}")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HOW = "aicontext show SYMBOL"


@dataclass(frozen=True, slots=True)
class File:
    """A file's slices, ascending and without overlap; `language` may be empty."""

    path: str
    language: str
    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that a pack says. left_out: named in it; more: how many others were left out. note: a
    sentence to begin with."""

    files: tuple[File, ...]
    left_out: tuple[RankedDefinition, ...] = ()
    more: int = 0
    note: str = ""


def write(page: Page, form: Format) -> str:
    """The page as one text. The same page gives the same text."""
    return _WRITERS[form](page)


def _markdown(page: Page) -> str:
    marks = Marks.of("".join(s.text for file in page.files for s in file.slices))
    parts = []
    for file in page.files:
        body = "\n".join(_with_gaps(file, marks))
        fence = "`" * max([3, *(len(run) + 1 for run in _BACKTICKS.findall(body))])
        entries = [f"- {label}" for label in _labels(file.slices)]
        parts.append(f"## {written(file.path)}\n")
        parts.append("\n".join([*entries, f"{fence}{file.language}", body, fence, ""]))
    said = [page.note, *([""] if parts else [])] if page.note else []
    return "\n".join(["# Code for the task\n", *said, *parts, *_left_out(page)]).rstrip("\n") + "\n"


def _plain(page: Page) -> str:
    marks = Marks.of("".join(s.text for file in page.files for s in file.slices))
    parts = [page.note] if page.note else []
    for file in page.files:
        parts.append(f"{marks.opening} file {written(file.path)}]")
        for s in file.slices:
            parts += [f"{marks.opening} {_lines(s)} {_entry(s)}]", s.text]
    return "\n".join([*parts, *_left_out(page)]).rstrip("\n") + "\n"


def _xml(page: Page) -> str:
    parts = ["<context>", *([f"<note>{_attribute(page.note)}</note>"] if page.note else ())]
    for file in page.files:
        parts.append(f'<file path="{_attribute(file.path)}">')
        for s in file.slices:
            said = {"symbol": s.place.symbol, "rendition": _rendition(s), "why": _short(s.why)}
            named = "".join(f' {name}="{_attribute(v)}"' for name, v in said.items() if v)
            text = _NOT_XML.sub("\ufffd", s.text).replace("]]>", "]]]]><![CDATA[>")
            parts.append(f'<slice lines="{_lines(s)}"{named}><![CDATA[\n{text}\n]]></slice>')
        parts.append("</file>")
    if page.left_out:
        parts.append(f'<left-out get="{_HOW}" more="{page.more}">')
        parts += [
            f'<definition symbol="{_attribute(d.place.symbol)}" path="{_attribute(d.place.path)}" '
            f'lines="{d.place.first}-{d.place.last}"/>'
            for d in page.left_out
        ]
        parts.append("</left-out>")
    return "\n".join([*parts, "</context>"]) + "\n"


def _json(page: Page) -> str:
    files = [
        {
            "path": sendable(file.path),
            "slices": [
                {
                    "lines": [s.place.first, s.place.last],
                    "symbol": s.place.symbol,
                    "rendition": _rendition(s),
                    "why": s.why,
                    "text": s.text,
                }
                for s in file.slices
            ],
        }
        for file in page.files
    ]
    left_out = [
        {"symbol": at.symbol, "path": sendable(at.path), "lines": [at.first, at.last]}
        for at in (d.place for d in page.left_out)
    ]
    how = {"left_out": left_out, "more": page.more, "get": _HOW} if left_out else {}
    note = {"note": page.note} if page.note else {}
    found = json.dumps({**note, "files": files, **how}, ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair has no bytes; as an escape JSON can hold it.
    return re.sub("[\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", found) + "\n"


_WRITERS: Mapping[Format, Callable[[Page], str]] = {
    Format.MARKDOWN: _markdown,
    Format.XML: _xml,
    Format.JSON: _json,
    Format.PLAIN: _plain,
}


def _with_gaps(file: File, marks: Marks) -> Iterator[str]:
    """The texts of the slices, with a mark where lines between them are left out."""
    after = 0
    for s in file.slices:
        if after and s.place.first > after:
            yield marks.gap(s.place.first - after)
        yield s.text
        after = s.place.last + 1


def _labels(slices: Sequence[Slice]) -> Iterator[str]:
    """Lines, symbol, rendition and reason of each slice, those that say the same together."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for s in slices:
        known = spans.setdefault(_entry(s), [])
        first = known.pop()[0] if known and known[-1][1] + 1 == s.place.first else s.place.first
        known.append((first, s.place.last))
    for said, lines in spans.items():
        yield f"{', '.join(_span(*span) for span in lines)} {said}"


def _entry(s: Slice) -> str:
    named = [f"`{_code(s.place.symbol)}`"] if s.place.symbol else []
    why = _short(s.why)
    return " ".join([*named, _rendition(s)]) + (f": {why}" if why else "")


def _left_out(page: Page) -> Sequence[str]:
    if not page.left_out:
        return ()
    named = [
        f"- `{_code(d.place.symbol)}` {written(d.place.path)}:{d.place.first}-{d.place.last}"
        for d in page.left_out
    ]
    more = f", and {page.more:,} others" if page.more else ""
    return (f"Left out, to be had by `{_HOW}`{more}:", *named)


def _lines(s: Slice) -> str:
    return _span(s.place.first, s.place.last)


def _span(first: int, last: int) -> str:
    return f"{first}-{last}" if last > first else str(first)


def _rendition(s: Slice) -> str:
    return _NAMES.get(s.level, s.level.value)


def _short(why: str) -> str:
    said = written(why)
    return said if len(said) <= LONGEST_WHY else said[: LONGEST_WHY - 1] + "…"


def _code(text: str) -> str:
    """The text on one line, without what could end the quotes that it stands in."""
    return written(text).replace("`", "'")


def _attribute(text: str) -> str:
    said = written(text).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return _NOT_XML.sub("\ufffd", said)
